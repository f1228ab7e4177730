import { writeFile } from 'node:fs/promises';
import type { VLAErrorCode } from '../errors.js';
import {
  type ComparedModel,
  compareModels,
  type ModelComparison,
} from '../toolchain/compare/compare-models.js';
import { comparisonPlot } from '../toolchain/compare/comparison-plot.js';
import { describeErrors, errorsOf, figure } from '../toolchain/compare/comparison-text.js';
import { resolveModels } from '../toolchain/compare/model-target.js';
import { stageFile } from '../toolchain/staged-output.js';
import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { StepDisplay } from './step-display.js';
import { textTable } from './text-table.js';
import { atLeast, parseCommandLine, usageError, wholeNumber } from './usage.js';

/** Not this machine's fault: the file itself cannot be used. */
const BROKEN: ReadonlySet<VLAErrorCode> = new Set(['ENGINE_CORRUPT', 'MODEL_INVALID', 'UNSUPPORTED_POLICY']);

export const compareCommand: Command = {
  summary: 'Compare sizes, accuracy and latency of models.',
  help: `Usage: jetson-vla compare MODEL... [options]

Puts models side by side: size on disk with the weights beside the file, how far the outputs are from those of the first
model, and the latency on this machine, measured in turns. A MODEL is a bundle (all models in it), one precision of it
(DIR@precision), an .onnx or an .engine file. A model that this machine cannot run is listed with the reason.

The outputs come from recorded observations (--observations), else from the golden observation of the bundle, else from
random inputs, which say little about real images. With a bundle, errors are those of the decoded actions, in rad.

Examples:
  jetson-vla compare policies/pick
  jetson-vla compare policies/pick@float32 policies/pick@uint8-dynamic --observations recorded.jsonl --plot models.svg
  jetson-vla compare model.onnx model.uint8.onnx model.engine --seconds 10
  jetson-vla compare model.onnx model.uint8.onnx --json

Options:
  --observations FILE|DIR    recorded observations: JSON lines, or a directory of them
  --samples N                most observations, or random inputs; default: 32
  --seed N                   of random inputs; default: 0
  --seconds S                how long to measure latency, all models together; default: 2
  --threads N                threads that one operator may use in ONNX Runtime
  --plot FILE.svg            also draw the figures
  --json                     print the result as JSON; infinite errors are null
  -h, --help                 this text

Exit status: 0 done, 1 failed or a file is no model that can be read, 2 wrong usage, 130 interrupted.
`,
  async run(args) {
    const { models, plot, json, ...options } = parse(args);
    const display = new StepDisplay(process.stderr);
    const comparison = await interruptible(
      async (signal) => {
        try {
          const targets = (await Promise.all(models.map(resolveModels))).flat();
          const result = await compareModels(targets, {
            ...options,
            signal,
            onProgress: (progress) => display.show(progress),
            onWarning: (warning) => display.note(`Warning: ${warning}`),
          });
          if (plot !== undefined) await stageFile(plot, (file) => writeFile(file, comparisonPlot(result)));
          return result;
        } finally {
          display.clear();
        }
      },
      () => display.note('Stopping …'),
    );
    process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : report(comparison));
    return comparison.models.some(({ unavailable }) => unavailable && BROKEN.has(unavailable.code)) ? 1 : 0;
  },
};

function report(comparison: ModelComparison): string {
  const { models } = comparison;
  const table = textTable(
    [
      { title: 'Model' },
      ...['MB', 'Reduction', 'Max error', 'Mean error', 'Cosine', 'p50 ms', 'p99 ms'].map((title) => ({
        title,
        align: 'right' as const,
      })),
      { title: 'Backend' },
    ],
    models.map((model, index) => cells(model, index === 0)),
  );
  const note = describeErrors(comparison);
  const reasons = models.flatMap(({ name, unavailable }) =>
    unavailable ? [`${name} does not run here: ${unavailable.message}`] : [],
  );
  return [
    table,
    ...(note === undefined ? [] : [`\n${note}\n`]),
    ...reasons.map((line) => `\n${line}\n`),
  ].join('');
}

function cells(model: ComparedModel, isFirst: boolean): string[] {
  const { name, megabytes, reductionPercent, latencyMs, backend } = model;
  const errors = errorsOf(model);
  return [
    name,
    megabytes < 0.01 ? megabytes.toPrecision(2) : megabytes.toFixed(2),
    isFirst ? '' : `${reductionPercent.toFixed(1)} %`,
    errors ? figure(errors.maxAbs) : '',
    errors ? figure(errors.meanAbs) : '',
    errors ? errors.cosine.toFixed(6) : '',
    latencyMs ? latencyMs.p50.toFixed(2) : '',
    latencyMs ? latencyMs.p99.toFixed(2) : '',
    backend ?? 'none here',
  ];
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseCommandLine('compare', args, {
    observations: text,
    samples: { type: 'string', default: '32' },
    seed: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '2' },
    threads: text,
    plot: text,
    json: { type: 'boolean', default: false },
  });
  if (positionals.length === 0) throw usageError('compare', 'expected a bundle or model files, got none');
  const { observations, plot, threads } = values;
  if (plot !== undefined && !/\.svg$/i.test(plot))
    throw usageError('compare', `--plot: expected an .svg file, got ${plot}`);
  return {
    models: positionals,
    json: values.json,
    plot,
    count: wholeNumber('compare', 'samples', values.samples, 1),
    seed: wholeNumber('compare', 'seed', values.seed, 0),
    seconds: atLeast('compare', 'seconds', values.seconds, 0),
    ...(observations !== undefined && { observations }),
    ...(threads !== undefined && { threads: wholeNumber('compare', 'threads', threads, 1) }),
  };
}
