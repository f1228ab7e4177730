import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { abortError } from '../../engine/abort.js';
import { fileSha256 } from '../../engine/file-sha256.js';
import { VLAError } from '../../errors.js';
import { type Artifact, modelsOf } from '../../policy/manifest-stages.js';
import { addArtifact, type NewArtifact } from '../add-artifact.js';
import { type ComparedModel, compareModels } from '../compare/compare-models.js';
import { modelSamples } from '../compare/model-samples.js';
import { fileTarget, type ModelTarget, resolveModels } from '../compare/model-target.js';
import { installFiles } from '../install-files.js';
import { pythonEnvironment } from '../python/python-environment.js';
import { stage } from '../staged-output.js';
import { checkAccuracy, samplesNote, toleranceFor } from './check-accuracy.js';
import { crashesRuntime } from './crashes-runtime.js';
import { outputFile } from './output-file.js';
import type { QuantiseOptions, QuantiseReport } from './quantise-options.js';
import { type QuantisedModel, runQuantiser } from './run-quantiser.js';
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
  return stage(file, async (staging) => {
    const home = options.output === undefined && source.bundle ? source.bundle.directory : path.dirname(file);
    const made = path.join(staging, 'made');
    const name = path.relative(home, file);
    const output = path.join(made, name);
    await mkdir(path.dirname(output), { recursive: true });
    const run = { python, source, output, samples, scratch: path.join(staging, 'scratch'), tolerance };
    const quantised = await runQuantiser(run, options);
    if (await crashesRuntime(output, signal))
      throw new VLAError('QUANTISE_FAILED', 'ONNX Runtime crashes when it loads the converted model', {
        hint: 'Leave some operators exact, such as --keep Transpose, or choose another --mode.',
      });
    const target = { ...(await fileTarget(output, source.bundle && { bundle: source.bundle })), precision };
    const { models } = await compareModels([source, { ...target, name: `${source.name} as ${precision}` }], {
      samples,
      seconds: LATENCY_SECONDS,
      onProgress,
      ...(signal && { signal }),
    });
    const [original, compared] = models;
    if (!original || !compared) throw new TypeError('two models were compared');
    const measured = checkAccuracy(compared, tolerance, options.unmeasured === true);
    const notes = [samplesNote(samples, options.mode), ...(measured ? [] : [unmeasuredNote(compared)])];
    let success: readonly SuccessRate[] | undefined;
    if (home === source.bundle?.directory && options.output === undefined) {
      const artifact = await artifactOf(source, name, made, precision, quantised);
      const trial = path.join(staging, 'trial');
      await makeTrialBundle(source.bundle, artifact, made, trial);
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
      await (await installFiles(made, home, [name, ...besides(name, quantised)])).keep();
    }
    return {
      file,
      ...(options.output === undefined && source.bundle && { bundle: source.bundle.directory }),
      precision,
      opset: quantised.opset,
      tool: quantised.tool,
      exact: quantised.exact,
      original,
      quantised: { ...compared, file },
      samples: { source: samples.source, count: samples.samples.length },
      ...(tolerance !== undefined && { tolerance }),
      ...(success && { success }),
      notes,
    };
  });
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

function besides(name: string, { externalData }: QuantisedModel): string[] {
  return externalData.map((file) => path.join(path.dirname(name), file));
}

async function artifactOf(
  source: ModelTarget,
  name: string,
  made: string,
  precision: string,
  quantised: QuantisedModel,
): Promise<NewArtifact> {
  const { bundle } = source;
  const listed: readonly Artifact[] = bundle
    ? modelsOf(bundle.manifest.stages).flatMap((entry) => entry.model.artifacts)
    : [];
  const exporter = listed.find((artifact) => bundle?.resolve(artifact.file) === source.file)?.exporter;
  const externalData = await Promise.all(
    besides(name, quantised).map(async (file) => ({
      file: slashed(file),
      sha256: await fileSha256(path.join(made, file)),
    })),
  );
  return {
    format: 'onnx',
    file: slashed(name),
    ...(externalData.length > 0 && { externalData }),
    precision,
    opset: quantised.opset,
    exporter: [...(exporter === undefined ? [] : [exporter]), quantised.tool].join(', '),
  };
}

/** Paths in policy.json are the same on every system. */
function slashed(file: string): string {
  return file.split(path.sep).join('/');
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
