import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { abortError } from '../../engine/abort.js';
import { VLAError } from '../../errors.js';
import { addArtifact } from '../add-artifact.js';
import { type ComparedModel, compareModels } from '../compare/compare-models.js';
import { modelSamples } from '../compare/model-samples.js';
import { fileTarget, type ModelTarget, resolveModels } from '../compare/model-target.js';
import { installFiles } from '../install-files.js';
import { pythonEnvironment } from '../python/python-environment.js';
import { stage } from '../staged-output.js';
import { checkAccuracy, samplesNote, toleranceFor } from './check-accuracy.js';
import { crashesRuntime } from './crashes-runtime.js';
import { describeArtifact, filesOf } from './describe-artifact.js';
import { outputFile } from './output-file.js';
import type { QuantiseOptions, QuantiseReport } from './quantise-options.js';
import { runQuantiser } from './run-quantiser.js';
import { measureSuccess, type SuccessRate } from './success-rates.js';
import { checkGoldenOf, makeTrialBundle } from './trial-bundle.js';

const DEFAULT_SAMPLES = { real: 128, random: 16 };
const DEFAULT_SCENES = 100;
const LATENCY_SECONDS = 1;

/**
 * Makes a model of lower precision, measures it against the original in this process's ONNX Runtime, and puts it into
 * the bundle or beside the original only when it holds. The original stays as it is.
 *
 * @param model a bundle, `BUNDLE@PRECISION` or an .onnx file; of a bundle the first ONNX file is the original
 * @throws VLAError ACCURACY_LOST with the figures; QUANTISE_FAILED; INVALID_ARGUMENT; MODEL_INVALID; WRITE_FAILED;
 *   PYTHON_UNAVAILABLE; TOOL_FAILED; ABORTED; what {@link resolveModels} and {@link modelSamples} throw. Nothing is
 *   left then, and nothing is changed.
 */
export async function quantiseModel(model: string, options: QuantiseOptions): Promise<QuantiseReport> {
  const { signal, onProgress = () => {} } = options;
  const source = await originalOf(model);
  const { file, precision } = await outputFile(source, options);
  const tolerance = toleranceFor(source, options);
  const samples = await modelSamples(source, {
    count: options.samples ?? DEFAULT_SAMPLES[isRandom(source, options) ? 'random' : 'real'],
    seed: 0,
    ...(options.observations !== undefined && { observations: options.observations }),
  });
  const python = await pythonEnvironment({
    ...(options.python !== undefined && { python: options.python }),
    ...(signal && { signal }),
    onProgress,
  });
  const { bundle } = options.output === undefined ? source : {};
  return stage(file, async (staging) => {
    const home = bundle?.directory ?? path.dirname(file);
    const name = path.relative(home, file);
    const made = path.join(staging, 'made');
    const output = path.join(made, name);
    await mkdir(path.dirname(output), { recursive: true });
    const run = { python, source, output, samples, scratch: path.join(staging, 'scratch'), tolerance };
    const quantised = await runQuantiser(run, options);
    if (await crashesRuntime(output, signal))
      throw new VLAError('QUANTISE_FAILED', 'ONNX Runtime crashes when it loads the converted model', {
        hint: 'Leave some operators exact, such as --keep Transpose, or choose another --mode.',
      });
    const target = await fileTarget(output, { precision, ...(source.bundle && { bundle: source.bundle }) });
    const { models } = await compareModels([source, { ...target, name: `${source.name} as ${precision}` }], {
      samples,
      seconds: LATENCY_SECONDS,
      onProgress,
      ...(signal && { signal }),
    });
    const [original, candidate] = models;
    if (!original || !candidate) throw new TypeError('two models were compared');
    const compared = renamed(candidate, file);
    const measured = checkAccuracy(compared, tolerance, options.unmeasured === true);
    const notes = [
      samplesNote(samples, options.mode, measured),
      ...(measured ? [] : [unmeasuredNote(compared)]),
    ];
    let success: readonly SuccessRate[] | undefined;
    if (bundle) {
      const artifact = await describeArtifact(source, name, made, precision, quantised);
      const trial = path.join(staging, 'trial');
      await makeTrialBundle(bundle, artifact, made, trial);
      if (measured) {
        onProgress({ label: 'Checking the golden observations' });
        await checkGoldenOf(trial, precision);
        const rates = await successIn(trial, source, precision, options);
        if (typeof rates === 'string') notes.push(rates);
        else success = rates;
      }
      if (signal?.aborted) throw abortError(signal);
      await addArtifact(home, artifact, { from: made });
    } else {
      if (signal?.aborted) throw abortError(signal);
      await (await installFiles(made, home, filesOf(name, quantised))).keep();
    }
    return {
      file,
      ...(bundle && { bundle: bundle.directory }),
      precision,
      opset: quantised.opset,
      tool: quantised.tool,
      exact: quantised.exact,
      original,
      quantised: compared,
      samples: { source: samples.source, count: samples.samples.length },
      ...(tolerance !== undefined && { tolerance }),
      ...(success && { success }),
      notes,
    };
  });
}

/** The place where it was made is nobody's business. */
function renamed(model: ComparedModel, file: string): ComparedModel {
  const { unavailable } = model;
  return {
    ...model,
    file,
    ...(unavailable && {
      unavailable: { ...unavailable, message: unavailable.message.replaceAll(model.file, file) },
    }),
  };
}

async function originalOf(model: string): Promise<ModelTarget> {
  const source = (await resolveModels(model)).find(({ format }) => format === 'onnx');
  if (source) return source;
  throw new VLAError('INVALID_ARGUMENT', `expected an ONNX model, found only engines at ${model}`, {
    hint: 'Engines cannot be converted: quantise the .onnx file that they were built from.',
  });
}

function isRandom({ bundle }: ModelTarget, { observations }: QuantiseOptions): boolean {
  return observations === undefined && (bundle?.golden.length ?? 0) === 0;
}

function unmeasuredNote({ unavailable }: ComparedModel): string {
  return `its accuracy is unknown, because nothing here runs it: ${unavailable?.message ?? 'no reason given'}`;
}

/** Why there are no rates, as text; undefined where nobody asked for any. */
async function successIn(
  bundle: string,
  source: ModelTarget,
  precision: string,
  { evaluate = DEFAULT_SCENES, signal, onProgress }: QuantiseOptions,
): Promise<readonly SuccessRate[] | string | undefined> {
  const evaluator = source.bundle?.manifest.evaluator;
  if (evaluator === undefined || evaluate === 0 || source.precision === undefined) return undefined;
  return measureSuccess({
    evaluator,
    bundle,
    original: source.precision,
    quantised: precision,
    scenes: evaluate,
    cwd: process.cwd(),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
}
