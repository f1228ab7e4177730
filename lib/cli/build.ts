import { parseArgs } from 'node:util';
import { VLAError } from '../errors.js';
import { type BuiltEngine, buildEngine } from '../toolchain/build-engine.js';
import type { BuildEngineOptions, Precision } from '../toolchain/build-options.js';
import { BuildDisplay } from './build-display.js';
import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { parseProfile } from './parse-profile.js';

const PRECISIONS = ['fp16', 'bf16', 'int8', 'fp8'] as const satisfies readonly Precision[];

export const buildCommand: Command = {
  summary: 'Build a TensorRT engine for this machine from an ONNX model.',
  help: `Usage: jetson-vla build MODEL.onnx [options]

Builds a TensorRT engine for this machine and this version of TensorRT, and writes it beside the model, with a
passport (MODEL.engine.json) that says what it was built from, with what, and for which GPU. Takes seconds to an
hour. Ctrl-C cancels and leaves nothing behind; TensorRT 8 finishes its work first, a second Ctrl-C ends it at once.

Examples:
  jetson-vla build policy.onnx --fp16
  jetson-vla build policy.onnx --output build/policy.engine --workspace 2048
  jetson-vla build policy.onnx --profile text=1x1:1x16:1x77,image=1x3x224x224

Precision (TensorRT 8 and 10; TensorRT 11 takes it from the ONNX file):
  --fp16, --bf16             let TensorRT compute in these types too
  --int8, --fp8              the same, for models with QuantizeLinear/DequantizeLinear nodes
  --no-tf32                  do not compute float32 in TF32
  --strongly-typed           take every type from the ONNX file (TensorRT 10; always so in 11)

Options:
  --output FILE              the engine, .engine or .plan; default: the model's name with .engine
  --profile NAME=MIN:OPT:MAX[,NAME=…]
                             sizes of inputs with dynamic dimensions, such as 1x1:1x16:1x77, or one shape for all
                             three; repeat the option for several optimisation profiles
  --workspace MIB            scratch memory that TensorRT may use, MiB
  --optimisation-level N     0 (quick build) … 5 (quick engine); TensorRT's own choice is 3
  --version-compatible       the engine also runs with later releases of the same major version of TensorRT; it then
                             carries TensorRT's lean runtime and loads only with the option tensorrt.hostCode
  --hardware-compatible      the engine also runs on other GPUs from Ampere on; not on a Jetson
  --timing-cache FILE        where measurements are kept for the next build; default: in the cache directory
  --no-timing-cache          keep none
  --nvinfer FILE, --onnx-parser FILE, --cuda FILE
                             libraries to use instead of searching for them
  --device N                 CUDA device; default: 0
  --json                     print the result as JSON
  -h, --help                 this text

Exit status: 0 done, 1 failed, 130 interrupted.
`,
  async run(args) {
    const { model, options, json } = parse(args);
    const started = performance.now();
    const built = await interruptible(
      (signal) => build(model, { ...options, signal }),
      () => process.stderr.write('Stopping …\n'),
    );
    for (const warning of built.warnings) process.stderr.write(`Warning: ${warning}\n`);
    process.stdout.write(
      json ? `${JSON.stringify(built, null, 2)}\n` : summary(built, performance.now() - started),
    );
  },
};

async function build(model: string, options: BuildEngineOptions): Promise<BuiltEngine> {
  const display = new BuildDisplay(process.stderr);
  const running = buildEngine(model, options);
  try {
    for await (const progress of running) display.show(progress);
    return await running.result;
  } finally {
    display.clear();
  }
}

function summary({ path, passport }: BuiltEngine, milliseconds: number): string {
  const { bytes, tensorrt, gpu, sm } = passport;
  const size =
    bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  const seconds = (milliseconds / 1000).toFixed(1);
  return `Built ${path}\n  ${size} in ${seconds} s, for TensorRT ${tensorrt} on ${gpu} (compute capability ${sm})\n`;
}

interface BuildArguments {
  readonly model: string;
  readonly options: BuildEngineOptions;
  readonly json: boolean;
}

function parse(args: readonly string[]): BuildArguments {
  const { values, positionals } = parseFlags(args);
  const [model, ...others] = positionals;
  if (model === undefined || others.length > 0)
    throw usage(`expected one ONNX file, got ${positionals.length === 0 ? 'none' : positionals.join(', ')}`);
  if (!/\.onnx$/i.test(model))
    throw usage(`expected an .onnx file, got ${model}; of a bundle, name the .onnx file in it`);
  const profiles = values.profile?.map(parseProfile);
  const { output, nvinfer, 'onnx-parser': onnxParser, cuda } = values;
  const workspaceMiB = number(values.workspace, '--workspace');
  const optimisationLevel = number(values['optimisation-level'], '--optimisation-level');
  const device = number(values.device, '--device');
  const timingCache = values['no-timing-cache'] ? false : values['timing-cache'];
  return {
    model,
    json: values.json ?? false,
    options: {
      precision: PRECISIONS.filter((precision) => values[precision]),
      tf32: !values['no-tf32'],
      stronglyTyped: values['strongly-typed'] ?? false,
      versionCompatible: values['version-compatible'] ?? false,
      hardwareCompatible: values['hardware-compatible'] ?? false,
      ...(output !== undefined && { output }),
      ...(profiles && { profiles }),
      ...(workspaceMiB !== undefined && { workspaceMiB }),
      ...(optimisationLevel !== undefined && { optimisationLevel }),
      ...(timingCache !== undefined && { timingCache }),
      libraries: {
        ...(nvinfer !== undefined && { nvinfer }),
        ...(onnxParser !== undefined && { onnxParser }),
        ...(cuda !== undefined && { cuda }),
        ...(device !== undefined && { device }),
      },
    },
  };
}

function parseFlags(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        output: text,
        profile: { type: 'string', multiple: true },
        workspace: text,
        'optimisation-level': text,
        'timing-cache': text,
        nvinfer: text,
        'onnx-parser': text,
        cuda: text,
        device: text,
        fp16: flag,
        bf16: flag,
        int8: flag,
        fp8: flag,
        'no-tf32': flag,
        'strongly-typed': flag,
        'version-compatible': flag,
        'hardware-compatible': flag,
        'no-timing-cache': flag,
        json: flag,
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), error);
  }
}

function number(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw usage(`${option}: expected a whole number, got ${text}`);
  return Number(text);
}

function usage(message: string, cause?: unknown): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, {
    hint: 'jetson-vla build --help',
    ...(cause !== undefined && { cause }),
  });
}
