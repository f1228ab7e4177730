import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { type JointDeviation, worstDeviation } from './joint-deviation.js';
import { measures } from './measures.js';

export interface MotionStart {
  /** Commanded position of each joint where the new motion starts, rad; null when nothing was commanded yet. */
  readonly reference: readonly number[] | null;
  /**
   * Commanded position of each joint when it was measured, rad: at another time, plain motion looks like a gap. null when
   * nothing was commanded by then.
   */
  readonly expected: readonly number[] | null;
  /** Measured position of each joint, rad. */
  readonly measured: readonly number[];
  /** Targets of the first waypoint, rad. */
  readonly first: readonly number[];
  /** Seconds from the start to the first waypoint. */
  readonly secondsToFirst: number;
}

/**
 * Refuses a motion that would begin with a jump.
 *
 * Kinds, both reject, rad: `start-gap` the robot is not where its commands say, so the motion would start somewhere
 * else than the robot will be; `jump` the first waypoint is farther from the start than startTolerance plus what the joint
 * covers at its velocity limit by then. NaN and infinite values never pass. One reason per kind, for the worst joint.
 */
export function checkStart(
  { reference, expected, measured, first, secondsToFirst }: MotionStart,
  { jointNames, limits, startTolerance }: Pick<SafetyConfig, 'jointNames' | 'limits' | 'startTolerance'>,
): readonly SafetyReason[] {
  const start = reference ?? measured;
  const reasons: SafetyReason[] = [];
  const reject = (kind: string, { jointName: joint, distance, limit }: JointDeviation, message: string) =>
    reasons.push({
      guard: 'start-continuity',
      outcome: 'reject',
      kind,
      message,
      waypoint: 0,
      joint,
      ...measures(distance, limit),
    });

  const gap = worstDeviation(jointNames, measured, expected ?? start, () => startTolerance);
  if (gap !== undefined)
    reject(
      'start-gap',
      gap,
      `${gap.jointName} is measured ${gap.distance} rad from where it was commanded, ${gap.limit} rad are allowed`,
    );
  const jump = worstDeviation(
    jointNames,
    first,
    start,
    (joint) => startTolerance + (limits[joint]?.velocity ?? Number.NaN) * secondsToFirst,
  );
  if (jump !== undefined)
    reject(
      'jump',
      jump,
      `the first waypoint has ${jump.jointName} ${jump.distance} rad from the start, ${jump.limit} rad are allowed within ${secondsToFirst} s`,
    );
  return reasons;
}
