import type { EnginePassport } from '../engine/engine-passport.js';
import { checkGolden, type GoldenCheck } from '../engine/golden-check.js';
import { Inference } from '../engine/inference.js';
import { OnnxRuntimeSession } from '../engine/onnxruntime-session.js';
import { openBundleWith } from '../engine/open-policy.js';
import type { Session } from '../engine/session.js';
import type { TensorRTLibraryOptions } from '../engine/tensorrt-options.js';
import { TensorRTSession } from '../engine/tensorrt-session.js';
import { VLAError, type VLAErrorCode } from '../errors.js';
import type { PolicyBundle } from '../policy/bundle.js';
import type { GoldenPart } from '../policy/golden-compare.js';
import type { TensorMap } from '../policy/tensor.js';
import { writeNumbers } from '../policy/tensor-write.js';
import { numbersOf } from './compare/tensor-values.js';
import { type Deviation, DeviationTally } from './deviation.js';
import { type RandomInputs, randomInputs } from './random-inputs.js';

const SAMPLES = 4;

/** What is no reason to refuse an engine that nobody asked to be compared: ONNX Runtime does not run the model. */
const NOT_COMPARED: ReadonlySet<VLAErrorCode> = new Set([
  'ACCURACY_LOST',
  'BACKEND_UNAVAILABLE',
  'INFERENCE_FAILED',
  'MODEL_INVALID',
  'UNSUPPORTED_POLICY',
]);

/** How one golden observation came out. */
export interface GoldenParity {
  readonly file: string;
  readonly passed: boolean;
  readonly parts: readonly GoldenPart[];
}

/** How far a new engine is from what it was built from. */
export interface EngineParity {
  readonly golden: readonly GoldenParity[];
  /** From ONNX Runtime on random inputs, over all outputs. */
  readonly onnxruntime?: Deviation;
  /** Why it was not compared with ONNX Runtime, although there was nothing else to compare with. */
  readonly skipped?: string;
}

export interface ParityOptions {
  readonly onnx: string;
  /** The bundle that the ONNX file belongs to. */
  readonly bundle?: PolicyBundle;
  readonly golden: 'refuse' | 'warn' | 'skip';
  /** Largest deviation from ONNX Runtime that is accepted; any when absent. */
  readonly tolerance?: number;
  readonly libraries: TensorRTLibraryOptions;
  readonly warn: (text: string) => void;
}

/**
 * Compares an engine with the golden observations of its bundle; without any, or with a tolerance, with ONNX Runtime.
 *
 * @throws VLAError GOLDEN_MISMATCH; MODEL_MISMATCH when it does not fit the bundle; ACCURACY_LOST above the tolerance;
 *   with a tolerance also what keeps ONNX Runtime from running
 */
export async function checkEngineParity(
  engine: string,
  { inputs }: EnginePassport,
  options: ParityOptions,
): Promise<EngineParity> {
  const { bundle, tolerance, onnx, libraries } = options;
  // It was built here, from this file: what it brings is TensorRT's own.
  const open = () => TensorRTSession.load(engine, { tensorrt: { ...libraries, hostCode: true } });
  const golden = bundle ? await compareWithGolden(bundle, open, options) : [];
  if (tolerance === undefined && (bundle?.golden ?? []).length > 0) return { golden };
  try {
    const onnxruntime = await compareWithOnnxRuntime(onnx, inputs, open);
    if (tolerance !== undefined && !(onnxruntime.maxAbs <= tolerance))
      throw new VLAError(
        'ACCURACY_LOST',
        `the engine differs from ONNX Runtime by ${onnxruntime.maxAbs.toPrecision(4)}, more than ${tolerance}; it was not kept`,
        { hint: 'Build it with --no-tf32, without lower precisions, or allow for more with --tolerance.' },
      );
    return { golden, onnxruntime };
  } catch (error) {
    if (tolerance !== undefined || !(error instanceof VLAError) || !NOT_COMPARED.has(error.code)) throw error;
    if (error.code === 'ACCURACY_LOST') options.warn(error.message);
    return { golden, skipped: error.message };
  }
}

async function compareWithGolden(
  bundle: PolicyBundle,
  open: () => Promise<Session>,
  { golden, warn }: ParityOptions,
): Promise<readonly GoldenParity[]> {
  const { policy, session } = await openBundleWith(bundle, async () => ({
    session: await open(),
    warnings: [],
  }));
  try {
    const inference = new Inference(policy, session);
    const checks: GoldenCheck[] = [];
    for (const observation of golden === 'skip' ? [] : bundle.golden) {
      const check = await checkGolden(inference, observation);
      if (check.mismatch && golden === 'refuse') throw refusal(check.mismatch);
      if (check.mismatch) warn(check.mismatch.message);
      checks.push(check);
    }
    return checks.map(({ file, parts, mismatch }) => ({ file, passed: mismatch === undefined, parts }));
  } finally {
    await session.dispose();
  }
}

function refusal({ code, message, cause }: VLAError): VLAError {
  return new VLAError(code, `the engine was not kept: ${message}`, {
    hint: 'Build it with --no-tf32 or without lower precisions; --golden warn keeps it all the same.',
    cause,
  });
}

async function compareWithOnnxRuntime(
  onnx: string,
  inputs: EnginePassport['inputs'],
  open: () => Promise<Session>,
): Promise<Deviation> {
  await using reference = await OnnxRuntimeSession.load(onnx);
  await using session = await open();
  const tally = new DeviationTally();
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const sample = randomInputs(inputs, seed);
    const [wanted, got] = [await run(reference, sample), await run(session, sample)];
    for (const [name, tensor] of Object.entries(wanted)) {
      const other = got[name];
      if (other === undefined || other.data.length !== tensor.data.length)
        throw new VLAError(
          'ACCURACY_LOST',
          `the output ${name} has the shape [${tensor.shape}] in ONNX Runtime and [${other?.shape ?? 'none'}] in the engine`,
        );
      tally.add(numbersOf(tensor), numbersOf(other));
    }
  }
  return tally.summary();
}

async function run(session: Session, sample: RandomInputs): Promise<TensorMap> {
  const shapes = Object.entries(sample).map(([name, { shape }]) => [name, shape] as const);
  const tensors = session.acquire(Object.fromEntries(shapes));
  try {
    for (const [name, tensor] of Object.entries(tensors)) writeNumbers(sample[name]?.values ?? [], tensor);
  } catch (error) {
    session.release(tensors);
    throw error;
  }
  return (await session.run(tensors)).outputs;
}
