import { VLAError } from '../errors.js';
import type { BundleGolden } from '../policy/bundle.js';
import { compareGolden, type GoldenPart } from '../policy/golden-compare.js';
import { modelsOf } from '../policy/manifest-stages.js';
import type { EncodedObservation, Inference } from './inference.js';

/** How a golden observation came out. */
export interface GoldenCheck {
  readonly file: string;
  /** The figures; none when the policy cannot be run on the observation. */
  readonly parts: readonly GoldenPart[];
  /** GOLDEN_MISMATCH with the figures, or with what failed as its cause; undefined when it is reproduced. */
  readonly mismatch: VLAError | undefined;
}

/** Runs the golden observation of a bundle and compares what comes out with what came out where it was exported. */
export async function checkGolden(inference: Inference, golden: BundleGolden): Promise<GoldenCheck> {
  const { file, observation, tolerance } = golden;
  const hint = 'Rebuild the model or the bundle; with golden: "warn" it loads all the same.';
  try {
    const encoded = inference.encode(observation.observation);
    const tokenIds = readTokenIds(inference, encoded);
    const actionChunk = await inference.run(encoded, {
      sequence: 0,
      calledAt: performance.now(),
      queueMs: 0,
    });
    const { passed, parts } = compareGolden(
      observation,
      { actionChunk, ...(tokenIds && { tokenIds }) },
      tolerance,
    );
    if (passed) return { file, parts, mismatch: undefined };
    const figures = (part: GoldenPart) => {
      const limit = tolerance[part.name];
      return (
        `${part.name}: maxAbs ${part.maxAbs.toPrecision(4)} of ${limit.maxAbs} allowed, ` +
        `cosine ${part.cosine.toPrecision(4)} of ${limit.cosine} required`
      );
    };
    const failed = parts.filter((part) => !part.passed).map(figures);
    const text = `${file}: the model does not reproduce it:\n${failed.join('\n')}`;
    return { file, parts, mismatch: new VLAError('GOLDEN_MISMATCH', text, { hint }) };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    const text = `${file}: the policy cannot be run on it: ${problem}`;
    return { file, parts: [], mismatch: new VLAError('GOLDEN_MISMATCH', text, { hint, cause }) };
  }
}

/** The ids that the model is about to get, for policies that take ids. */
function readTokenIds({ policy }: Inference, { inputs }: EncodedObservation): number[] | undefined {
  const [model] = modelsOf(policy.manifest.stages);
  const input = model?.model.inputs.find(({ from }) => from === 'text.ids');
  const tensor = input && inputs[input.name];
  return tensor && tensor.dtype !== 'string'
    ? Array.from<number | bigint, number>(tensor.data, Number)
    : undefined;
}
