import type { SafetyMemory } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { measures } from './measures.js';

/** How far a joint must have moved, rad, for its image to have changed. */
const VISIBLE_MOTION = 0.02;

/** A run of identical frames: their fingerprint, how many came, and where the joints were at the first of them. */
export type FrameMemory = SafetyMemory['frame'];

export interface FrozenFrameResult {
  readonly reasons: readonly SafetyReason[];
  /** What to remember, whatever becomes of the chunk: the camera delivered the frame all the same. */
  readonly frame: FrameMemory;
}

/**
 * Notices a camera that repeats one image under new stamps. One kind, `frozen-frame`, reject: the frame is identical
 * although a joint has moved by more than 0.02 rad since it first came (value and limit in rad), or it is identical
 * for the (maxIdenticalFrames + 1)th time in a row (value and limit are counts).
 *
 * @param seen.fingerprint of the frames, null = not judged
 * @param seen.positions the joints, rad, at the time of capture: later ones would blame motion that the frame could
 *   not show yet
 * @param before null before the first frame
 */
export function checkFrozenFrame(
  seen: { readonly fingerprint: number | null; readonly positions: readonly number[] },
  before: FrameMemory,
  { maxIdenticalFrames }: Pick<SafetyConfig, 'maxIdenticalFrames'>,
): FrozenFrameResult {
  const { fingerprint, positions } = seen;
  if (fingerprint === null) return { reasons: [], frame: before };
  if (fingerprint !== before?.fingerprint)
    return { reasons: [], frame: { fingerprint, count: 1, positions: [...positions] } };

  const count = before.count + 1;
  const frame = { ...before, count };
  const moved = largestMotion(before.positions, positions);
  const reject = (message: string, value: number, limit: number): FrozenFrameResult => ({
    reasons: [
      {
        guard: 'observation',
        outcome: 'reject',
        kind: 'frozen-frame',
        message,
        ...measures(value, limit),
      },
    ],
    frame,
  });
  // Negated, so that joints which cannot be compared count as moved.
  if (!(moved <= VISIBLE_MOTION))
    return reject(
      `the image is the same as before, although a joint has moved by ${moved} rad, more than ${VISIBLE_MOTION} rad`,
      moved,
      VISIBLE_MOTION,
    );
  if (maxIdenticalFrames !== null && count > maxIdenticalFrames)
    return reject(
      `the image is the same for the ${count}th time in a row, ${maxIdenticalFrames} are allowed`,
      count,
      maxIdenticalFrames,
    );
  return { reasons: [], frame };
}

function largestMotion(from: readonly number[], to: readonly number[]): number {
  if (from.length !== to.length) return Number.NaN;
  // Math.max hands NaN on.
  return Math.max(0, ...to.map((position, joint) => Math.abs(position - (from[joint] as number))));
}
