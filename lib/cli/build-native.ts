import { parseArgs } from 'node:util';
import { VLAError } from '../errors.js';
import { buildNative } from '../native/build-native.js';
import type { Command } from './command.js';

export const buildNativeCommand: Command = {
  summary: 'Compile the native addon on this machine, against the TensorRT that it has.',
  help: `Usage: jetson-vla build-native [--tensorrt-include DIR]...

Compiles the native addon and its TensorRT backend from the sources in the package. Needed where no prebuilt
addon fits: JetPack 5 and 6.0 (TensorRT 8), an older glibc, another Linux. Takes a minute or two and needs:

  sudo apt-get install cmake g++ libnvinfer-headers-dev libnvonnxparsers-dev

Options:
  --tensorrt-include DIR   the directory of NvInfer.h; repeat it for several major versions.
                           Default: where JetPack installs it, /usr/include/<machine>-linux-gnu
  -h, --help               this text

A failed build leaves the addon that was there before.
`,
  async run(args) {
    const tensorrtIncludes = parse(args);
    const built = await buildNative({
      tensorrtIncludes,
      onOutput: (text) => {
        process.stdout.write(text);
      },
    });
    process.stdout.write(
      `\nBuilt and loaded: ${built.addon}\n${built.backends.map((b) => `  ${b}\n`).join('')}`,
    );
  },
};

function parse(args: readonly string[]): readonly string[] {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { 'tensorrt-include': { type: 'string', multiple: true } },
    });
    return values['tensorrt-include'] ?? [];
  } catch (error) {
    throw new VLAError('INVALID_ARGUMENT', error instanceof Error ? error.message : String(error), {
      hint: 'jetson-vla build-native --help',
      cause: error,
    });
  }
}
