import type { ActionChunk } from '../action/action-chunk.js';
import type { GoldenObservation } from './golden.js';
import type { PolicyManifest } from './manifest.js';

type Tolerance = PolicyManifest['golden'][number]['tolerance'];

/** How far one part of a result is from the golden one. */
export interface GoldenPart {
  readonly name: 'token_ids' | 'action_chunk';
  /** Largest difference of one value; infinite when the sizes differ. */
  readonly maxAbs: number;
  /** Cosine of the angle between the two as vectors, −1 … 1; 0 when the sizes differ or one of them is zero. */
  readonly cosine: number;
  readonly passed: boolean;
}

export interface GoldenComparison {
  readonly passed: boolean;
  readonly parts: readonly GoldenPart[];
}

/** What a policy made of a golden observation. */
export interface GoldenResult {
  readonly tokenIds?: readonly number[];
  readonly actionChunk: ActionChunk;
}

/** Compares a result with the golden one, part by part; parts that the golden file lacks are left out. */
export function compareGolden(
  golden: GoldenObservation,
  { tokenIds = [], actionChunk }: GoldenResult,
  tolerance: Tolerance,
): GoldenComparison {
  // Rows of another width would line up wrongly although the number of values is the same.
  const sameWidth = golden.actionChunk[0]?.length === actionChunk.actionDim;
  const actions = compare(
    'action_chunk',
    golden.actionChunk.flat(),
    sameWidth ? actionChunk.toFloat32Array() : [],
    tolerance,
  );
  const parts = golden.tokenIds
    ? [compare('token_ids', golden.tokenIds, tokenIds, tolerance), actions]
    : [actions];
  return { passed: parts.every(({ passed }) => passed), parts };
}

function compare(
  name: GoldenPart['name'],
  wanted: ArrayLike<number>,
  got: ArrayLike<number>,
  tolerance: Tolerance,
): GoldenPart {
  const limit = tolerance[name];
  if (wanted.length !== got.length)
    return { name, maxAbs: Number.POSITIVE_INFINITY, cosine: 0, passed: false };
  let maxAbs = 0;
  let dot = 0;
  let wantedSquare = 0;
  let gotSquare = 0;
  for (let index = 0; index < wanted.length; index++) {
    const [w, g] = [wanted[index] ?? Number.NaN, got[index] ?? Number.NaN];
    maxAbs = Math.max(maxAbs, Math.abs(w - g));
    dot += w * g;
    wantedSquare += w * w;
    gotSquare += g * g;
  }
  const bothZero = wantedSquare === 0 && gotSquare === 0;
  const length = Math.sqrt(wantedSquare) * Math.sqrt(gotSquare);
  const cosine = bothZero ? 1 : length === 0 ? 0 : dot / length;
  return { name, maxAbs, cosine, passed: maxAbs <= limit.maxAbs && cosine >= limit.cosine };
}
