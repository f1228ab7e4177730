import { buildNative } from '../native/build-native.js';
import type { Command } from './command.js';
import { parseCommandLine, usageError } from './usage.js';

export const buildNativeCommand: Command = {
  summary: 'Compile the native addon on this machine, against the TensorRT that it has.',
  help: `Usage: jetson-vla build-native [--tensorrt-include DIR]... [--json]

Compiles the native addon and its TensorRT backend from the sources in the package. Needed where no prebuilt
addon fits: JetPack 5 and 6.0 (TensorRT 8), an older glibc, another Linux. Takes a minute or two and needs:

  sudo apt-get install cmake g++ make libnvinfer-dev libnvonnxparsers-dev

Examples:
  jetson-vla build-native
  jetson-vla build-native --tensorrt-include /opt/tensorrt/include
  jetson-vla build-native --tensorrt-include /opt/tensorrt-10/include --tensorrt-include /opt/tensorrt-11/include

Options:
  --tensorrt-include DIR   the directory of NvInfer.h; repeat it for several major versions.
                           Default: where JetPack installs it, /usr/include/<machine>-linux-gnu
  --json                   print the files that were built as JSON
  -h, --help               this text

A failed build leaves the addon that was there before.

Exit status: 0 built and loaded, 1 failed, 2 wrong usage.
`,
  async run(args) {
    const { values, positionals } = parseCommandLine('build-native', args, {
      'tensorrt-include': { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    });
    const [unexpected] = positionals;
    if (unexpected !== undefined)
      throw usageError('build-native', `expected options only, got ${unexpected}`);
    const built = await buildNative({
      tensorrtIncludes: values['tensorrt-include'] ?? [],
      onOutput: (text) => {
        process.stderr.write(text);
      },
    });
    process.stdout.write(
      values.json
        ? `${JSON.stringify(built, null, 2)}\n`
        : `\nBuilt and loaded: ${built.addon}\n${built.backends.map((b) => `  ${b}\n`).join('')}`,
    );
  },
};
