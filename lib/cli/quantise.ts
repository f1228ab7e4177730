import { quantiseModel } from '../toolchain/quantise/quantise-model.js';
import type { QuantiseOptions } from '../toolchain/quantise/quantise-options.js';
import { quantiseSummary } from '../toolchain/quantise/quantise-text.js';
import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { StepDisplay } from './step-display.js';
import { atLeast, oneOf, parseCommandLine, usageError, wholeNumber } from './usage.js';

const MODES = ['uint8', 'int8', 'fp16', 'qdq', 'autocast'] as const;
const CALIBRATIONS = ['minmax', 'entropy', 'percentile'] as const;
const FORMATS = { qdq: ['int8', 'fp8'], autocast: ['fp16', 'bf16'] } as const;

export const quantiseCommand: Command = {
  summary: 'Make a smaller, faster model of an ONNX model, and measure what that costs.',
  help: `Usage: jetson-vla quantise BUNDLE|MODEL.onnx --mode MODE [options]

Converts an ONNX model to a lower precision and runs both on the same observations. A model that stays within the
tolerance goes into the bundle (its file and policy.json; the golden observations have to hold) or beside the bare
model. Otherwise nothing is kept. The original never changes. "quantize" is the same command.

Examples:
  jetson-vla quantise policies/pick --mode uint8 --auto-keep --tolerance 0.01
  jetson-vla quantise policies/pick --mode int8 --observations recorded.jsonl
  jetson-vla quantise policies/pick@float32 --mode fp16 --no-evaluate
  jetson-vla quantise model.onnx --mode int8 --keep '/head/*' --keep Softmax --output small.onnx
  jetson-vla quantise policies/pick --mode autocast --format bf16 --unmeasured --python ~/modelopt/bin/python

Modes:
  uint8                      8-bit weights, activations quantised as they come; ONNX Runtime only
  int8                       Q/DQ nodes with ranges from observations; ONNX Runtime and TensorRT
  fp16                       float16 inside, inputs and outputs as before; ONNX Runtime and TensorRT
  qdq                        NVIDIA ModelOpt: int8 or fp8 Q/DQ nodes, the rest float16; for TensorRT
  autocast                   NVIDIA ModelOpt: mixed float16 or bfloat16; for TensorRT
  TensorRT 11 takes precision from the ONNX file only. qdq and autocast need ModelOpt in the interpreter:
  python -m pip install "nvidia-modelopt[onnx]"

Options:
  --format FORMAT            int8 (default) or fp8 for qdq; fp16 (default) or bf16 for autocast
  --observations FILE|DIR    recorded observations, to calibrate and to judge with; default: the golden ones of the
                             bundle, and random inputs for a bare model
  --samples N                most observations; default: 128, of random inputs 16
  --calibration METHOD       for int8: minmax (default), entropy or percentile
  --asymmetric               for int8: unsigned activations, for ONNX Runtime on a CPU instead of TensorRT
  --tolerance X              largest difference of any action (rad, m; of a bare model: of any output); default: what
                             the golden observations of the bundle allow; a bare model has none
  --keep PATTERN             nodes that stay exact: a name with * and ?, or an operator; repeat for more
  --only PATTERN             change these nodes instead of those that the mode chooses; repeat for more
  --auto-keep                find out which nodes have to stay exact for the tolerance to hold
  --precision-name NAME      what policy.json calls the model; default: by mode, such as uint8-dynamic
  --output FILE              write the model here and leave the bundle alone; default for a bare model: its name with
                             the mode, such as model.int8.onnx
  --force                    overwrite a file that is there
  --evaluate N               scenes for the evaluator that the bundle names, per model; default: 100
  --no-evaluate              do not run it
  --unmeasured               keep a model that nothing on this machine can run; its accuracy is then unknown
  --python FILE              Python interpreter to use; default: $JETSON_VLA_PYTHON, or one that is set up on first use
  --verbose                  print all that Python prints
  --json                     print the report as JSON
  -h, --help                 this text

Exit status: 0 done, 1 failed, 2 wrong arguments, 3 accuracy lost, 130 interrupted.
`,
  async run(args) {
    const { model, options, verbose, json } = parse(args);
    const display = new StepDisplay(process.stderr);
    const report = await interruptible(
      (signal) =>
        quantiseModel(model, {
          ...options,
          signal,
          onProgress: (progress) => display.show(progress),
          onWarning: (text) => display.note(`Warning: ${text}`),
          ...(verbose && { onOutput: (text: string) => void process.stderr.write(text) }),
        }),
      () => display.note('Stopping …'),
    ).finally(() => display.clear());
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : quantiseSummary(report));
  },
};

interface QuantiseArguments {
  readonly model: string;
  readonly options: QuantiseOptions;
  readonly verbose: boolean;
  readonly json: boolean;
}

function parse(args: readonly string[]): QuantiseArguments {
  const { values, positionals } = parseCommandLine('quantise', args, {
    mode: { type: 'string' },
    format: { type: 'string' },
    observations: { type: 'string' },
    samples: { type: 'string' },
    calibration: { type: 'string' },
    asymmetric: { type: 'boolean' },
    tolerance: { type: 'string' },
    keep: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    'auto-keep': { type: 'boolean' },
    'precision-name': { type: 'string' },
    output: { type: 'string' },
    force: { type: 'boolean' },
    evaluate: { type: 'string' },
    'no-evaluate': { type: 'boolean' },
    unmeasured: { type: 'boolean' },
    python: { type: 'string' },
    verbose: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const [model, ...others] = positionals;
  if (model === undefined || others.length > 0)
    throw usageError(
      'quantise',
      `expected one bundle or ONNX file, got ${positionals.length === 0 ? 'none' : positionals.join(', ')}`,
    );
  if (values.mode === undefined)
    throw usageError('quantise', `--mode: expected ${MODES.join(', ')}, got none`);
  const mode = oneOf('quantise', 'mode', values.mode, MODES);
  const { output, python, observations } = values;
  const precision = values['precision-name'];
  if (precision === '') throw usageError('quantise', '--precision-name: expected a name, got nothing');
  return {
    model,
    verbose: values.verbose ?? false,
    json: values.json ?? false,
    options: {
      mode,
      ...(values.format !== undefined && { format: formatOf(mode, values.format) }),
      ...(observations !== undefined && { observations }),
      ...(values.samples !== undefined && { samples: wholeNumber('quantise', 'samples', values.samples, 1) }),
      ...(values.calibration !== undefined && {
        calibration: oneOf(
          'quantise',
          'calibration',
          onlyFor('int8', mode, 'calibration', values.calibration),
          CALIBRATIONS,
        ),
      }),
      asymmetric: onlyFor('int8', mode, 'asymmetric', values.asymmetric) ?? false,
      ...(values.tolerance !== undefined && {
        tolerance: atLeast('quantise', 'tolerance', values.tolerance, 0),
      }),
      keep: values.keep ?? [],
      only: values.only ?? [],
      autoKeep: values['auto-keep'] ?? false,
      ...(precision !== undefined && { precision }),
      ...(output !== undefined && { output }),
      force: values.force ?? false,
      ...(values.evaluate !== undefined && {
        evaluate: wholeNumber('quantise', 'evaluate', values.evaluate, 1),
      }),
      ...(values['no-evaluate'] && { evaluate: 0 }),
      unmeasured: values.unmeasured ?? false,
      ...(python !== undefined && { python }),
    },
  };
}

function formatOf(mode: QuantiseOptions['mode'], text: string): NonNullable<QuantiseOptions['format']> {
  if (mode === 'qdq' || mode === 'autocast')
    return oneOf<NonNullable<QuantiseOptions['format']>>('quantise', 'format', text, FORMATS[mode]);
  throw usageError('quantise', `--format is for the modes qdq and autocast, got it with ${mode}`);
}

function onlyFor<T>(owner: string, mode: string, option: string, value: T): T {
  if (value === undefined || mode === owner) return value;
  throw usageError('quantise', `--${option} is for the mode ${owner}, got it with ${mode}`);
}
