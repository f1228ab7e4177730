import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { VLAError } from '../../errors.js';
import { measureAccuracy } from '../compare/accuracy.js';
import type { ModelSamples } from '../compare/model-samples.js';
import { fileTarget, type ModelTarget } from '../compare/model-target.js';
import { ModelRunner } from '../compare/run-model.js';
import { runPythonTool } from '../python/python-tool.js';
import { type TensorFiles, writeTensors } from '../tensor-files.js';
import { crashesRuntime } from './crashes-runtime.js';
import type { QuantiseMode, QuantiseOptions } from './quantise-options.js';

const made = z.object({
  /** Names of files beside the model. */
  externalData: z.array(z.string()),
  opset: z.number(),
  tool: z.string(),
  exact: z.array(z.string()),
});
export type QuantisedModel = z.infer<typeof made>;

const candidate = z.object({ file: z.string() });

export interface QuantiserRun {
  readonly python: string;
  readonly source: ModelTarget;
  /** Where the model goes; nothing is there yet. */
  readonly output: string;
  readonly samples: ModelSamples;
  /** An empty place for files that travel between the two sides. */
  readonly scratch: string;
  /** For a search for nodes that stay exact. */
  readonly tolerance: number | undefined;
}

/**
 * Has the Python side make the model.
 *
 * @throws VLAError QUANTISE_FAILED, MODEL_INVALID, ACCURACY_LOST when a search finds nothing, INVALID_ARGUMENT for a
 *   pattern that fits no node; what {@link runPythonTool} throws
 */
export async function runQuantiser(
  { python, source, output, samples, scratch, tolerance }: QuantiserRun,
  options: QuantiseOptions,
): Promise<QuantisedModel> {
  const { mode, signal, onProgress, onWarning, onOutput } = options;
  await mkdir(scratch);
  const files: TensorFiles[] = [];
  for (const [index, sample] of samples.samples.entries())
    files.push(await writeTensors(scratch, `sample${index}`, sample));
  return runPythonTool({
    python,
    command: 'quantise',
    request: {
      mode,
      model: source.file,
      output,
      format: options.format ?? (mode === 'autocast' ? 'fp16' : 'int8'),
      calibration: options.calibration ?? 'minmax',
      symmetric: options.asymmetric !== true,
      keep: options.keep ?? [],
      only: options.only ?? [],
      folder: scratch,
      samples: files,
      autoKeep: options.autoKeep ? (tolerance ?? null) : null,
    },
    result: made,
    answers: {
      deviation: async (payload) => {
        const { file } = candidate.parse(payload);
        return largestDifference(source, file, samples, options);
      },
    },
    cwd: path.dirname(output),
    ...(onProgress && { onProgress }),
    ...(onWarning && { onWarning }),
    ...(onOutput && { onOutput }),
    ...(signal && { signal }),
  });
}

/** Modes whose graphs ONNX Runtime has crashed on; a search tries too many models to try each one out for the others. */
const MAY_CRASH: ReadonlySet<QuantiseMode> = new Set(['fp16', 'qdq', 'autocast']);

/** In the same units as the tolerance; null, which JSON has, where a model gives no finite numbers. */
async function largestDifference(
  source: ModelTarget,
  file: string,
  samples: ModelSamples,
  { mode, signal }: QuantiseOptions,
): Promise<number | null> {
  if (MAY_CRASH.has(mode) && (await crashesRuntime(file, signal))) return null;
  await using original = await ModelRunner.open(source);
  await using converted = await ModelRunner.open(
    await fileTarget(file, source.bundle && { bundle: source.bundle }),
  ).catch((cause: unknown) => {
    throw new VLAError('QUANTISE_FAILED', 'nothing here runs what --auto-keep would have to measure', {
      hint: 'Choose another --mode, or say with --keep what stays exact.',
      cause,
    });
  });
  const accuracy = await measureAccuracy([original, converted], samples, signal && { signal });
  const { actions, outputs } = accuracy.get(converted) ?? {};
  const largest = (actions ?? outputs)?.maxAbs ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(largest) ? largest : null;
}
