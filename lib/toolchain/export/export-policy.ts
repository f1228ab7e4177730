import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { abortError } from '../../engine/abort.js';
import { fileSha256 } from '../../engine/file-sha256.js';
import { VLAError } from '../../errors.js';
import { packageVersion } from '../../native/package-root.js';
import { readObservations } from '../../policy/observation-file.js';
import { runPythonTool } from '../python/python-tool.js';
import { stageDirectory } from '../staged-output.js';
import { BundlePreparation } from './bundle-preparation.js';
import { checkParity } from './check-parity.js';
import {
  completeManifest,
  GOLDEN_FILE,
  MODEL_FILE,
  manifestText,
  TOKENIZER_FILE,
} from './complete-manifest.js';
import { DEFAULT_OPSET, type ExportOptions, type ExportReport, OPSETS } from './export-options.js';
import { describeQuestion, type ExportResult, encodeQuestion, exportResult } from './export-protocol.js';
import { type ExportSource, parseExportSource } from './export-source.js';
import { goldenContents, goldenText } from './golden-file.js';
import { draftManifest } from './merge-manifest.js';
import { readPartialManifest } from './partial-manifest.js';
import { verifyBundle } from './verify-bundle.js';

export type { ExportOptions, ExportReport, ManifestFlags } from './export-options.js';

/** More of them take long and tell little more. */
const MOST_OBSERVATIONS = 32;
/** Inside the staged bundle, so that it goes when that goes. */
const TENSORS = '.tensors';
const MANIFEST_FILE = 'policy.json';

/**
 * Makes a policy bundle of a policy in PyTorch: ONNX model, manifest, tokenizer, and a golden observation with
 * PyTorch's own answer. Nothing is kept unless onnx.checker takes the model, ONNX Runtime gives PyTorch's numbers on
 * random and on recorded observations, and the finished bundle reproduces the golden one in Node.
 *
 * @throws VLAError INVALID_ARGUMENT, also when units, grippers or the time per waypoint are not told; CHECKPOINT_INVALID,
 *   EXPORT_FAILED, ACCURACY_LOST, UNSUPPORTED_POLICY, MANIFEST_INVALID, TOKENIZER_MISSING, WRITE_FAILED,
 *   TOOL_FAILED, ABORTED
 */
export async function exportPolicy(options: ExportOptions): Promise<ExportReport> {
  const { manifest, flags, observations, signal } = options;
  checkOpset(options);
  const bundle = path.resolve(options.output);
  const id = path.basename(bundle);
  const source = await parseExportSource(options.source);
  const useless = source.kind === 'factory' ? 'dataset' : 'checkpoint';
  if (options[useless] !== undefined)
    throw new VLAError('INVALID_ARGUMENT', `--${useless} is not for ${source.label}`, {
      hint: 'A data set belongs to a LeRobot policy, which has its own weights; a checkpoint to a factory.',
    });
  const file = manifest === undefined ? undefined : await readPartialManifest(manifest);
  // A factory knows nothing of the manifest, so what is missing can be told before anything slow begins.
  if (source.kind === 'factory')
    draftManifest({ known: {}, id, ...(file && { file }), ...(flags && { flags }) });
  const recorded = observations === undefined ? [] : await readObservations(observations, MOST_OBSERVATIONS);
  if (signal?.aborted) throw abortError(signal);
  const warnings: string[] = [];
  const onWarning = (text: string) => {
    warnings.push(text);
    options.onWarning?.(text);
  };
  return stageDirectory(bundle, options.force ? { replace: MANIFEST_FILE } : {}, async (staged) => {
    const preparation = new BundlePreparation({
      file,
      flags,
      id,
      observations: recorded,
      instruction: options.instruction,
      seed: options.seed ?? 0,
      folder: path.join(staged, TENSORS),
      onWarning,
    });
    const result = await runInPython(source, staged, preparation, { ...options, onWarning });
    const tolerance = checkParity(result, options.tolerance);
    options.onProgress?.({ label: 'Checking the bundle in Node', fraction: 0.9 });
    const golden = await preparation.golden(result.expected);
    await rm(path.join(staged, TENSORS), { recursive: true });
    const modelBytes = await writeBundle(staged, source, preparation, result, golden);
    const deviation = await verifyBundle(staged, golden, onWarning);
    if (signal?.aborted) throw abortError(signal);
    return {
      bundle,
      id: String(preparation.described.draft.id),
      modelBytes,
      opset: result.opset,
      exporter: result.exporter,
      tolerance,
      parity: {
        random: withoutScale(result.random),
        observed: { ...withoutScale(result.observed), source: recorded.length > 0 ? 'recorded' : 'made-up' },
      },
      golden: deviation,
      chunk: {
        horizon: golden.chunk.horizon,
        width: golden.chunk.actionDim,
        secondsPerWaypoint: golden.chunk.secondsPerWaypoint,
      },
      warnings,
    };
  });
}

function checkOpset({ opset = DEFAULT_OPSET, exporter = 'auto' }: ExportOptions): void {
  const ranges = exporter === 'auto' ? Object.values(OPSETS) : [OPSETS[exporter]];
  const least = Math.min(...ranges.map(([from]) => from));
  const most = Math.max(...ranges.map(([, to]) => to));
  if (Number.isInteger(opset) && opset >= least && opset <= most) return;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `opset: expected a whole number from ${least} to ${most}${exporter === 'auto' ? '' : `, which the ${exporter} exporter writes`}, got ${opset}`,
    { hint: 'TensorRT 8.5 reads up to 17, TensorRT 8.6 up to 19, TensorRT 10 up to 20 and more.' },
  );
}

async function runInPython(
  source: ExportSource,
  staged: string,
  preparation: BundlePreparation,
  options: ExportOptions,
): Promise<ExportResult> {
  const { checkpoint, dataset, opset = DEFAULT_OPSET, exporter = 'auto', seed = 0 } = options;
  const { onProgress, onWarning, onOutput, signal } = options;
  return runPythonTool({
    python: options.python,
    command: 'export',
    request: {
      source,
      checkpoint: checkpoint === undefined ? null : path.resolve(checkpoint),
      dataset: dataset === undefined ? null : path.resolve(dataset),
      output: path.join(staged, MODEL_FILE),
      folder: path.join(staged, TENSORS),
      opset,
      exporter,
      seed,
    },
    result: exportResult,
    answers: {
      describe: async (payload) => ({
        inputs: await preparation.describe(describeQuestion.parse(payload).manifest),
      }),
      encode: async (payload) => ({
        samples: await preparation.encode(encodeQuestion.parse(payload).shape),
      }),
    },
    ...(onProgress && { onProgress }),
    ...(onWarning && { onWarning }),
    ...(onOutput && { onOutput }),
    ...(signal && { signal }),
  });
}

/** @returns bytes of the model with its weights */
async function writeBundle(
  staged: string,
  source: ExportSource,
  { described: { draft, facts, tokenizer } }: BundlePreparation,
  { opset, exporter, externalData, tools, weightsSha256 }: ExportResult,
  golden: Parameters<typeof goldenText>[0],
): Promise<number> {
  const model = path.join(staged, MODEL_FILE);
  const parts = [model, ...(externalData === null ? [] : [path.join(staged, externalData)])];
  const sizes = await Promise.all(parts.map((part) => stat(part)));
  if (tokenizer) await copyFile(tokenizer.file, path.join(staged, TOKENIZER_FILE));
  await writeFile(path.join(staged, GOLDEN_FILE), goldenText(golden));
  const json = completeManifest(draft, {
    ...facts,
    artifact: {
      sha256: await fileSha256(model),
      ...(externalData !== null && {
        externalData: [{ file: externalData, sha256: await fileSha256(path.join(staged, externalData)) }],
      }),
      opset,
      exporter: `torch.onnx (${exporter})`,
    },
    golden: goldenContents(golden),
    source: source.label,
    provenance: {
      ...(weightsSha256 !== null && { weightsSha256 }),
      tools: { ...tools, 'jetson-vla': packageVersion() },
    },
  });
  await writeFile(path.join(staged, MANIFEST_FILE), manifestText(json));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function withoutScale({ scale: _scale, ...parity }: ExportResult['random']) {
  return parity;
}
