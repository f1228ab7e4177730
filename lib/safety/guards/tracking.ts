import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { worstDeviation } from './joint-deviation.js';
import { measures } from './measures.js';

export interface TrackingSample {
  /** Measured position of each joint, rad. */
  readonly measured: readonly number[];
  /** When they were measured: milliseconds on the robot's clock. */
  readonly measuredAt: number;
  /** Commanded position of each joint at {@link measuredAt}, rad: at another time, plain motion looks like an error. */
  readonly reference: readonly number[];
  /** Whether the motion has ended and the arm had its time to settle. */
  readonly atGoal: boolean;
}

/**
 * Notices a robot that is not where its commands should have brought it: a stalled joint, a collision, a lost drive.
 *
 * Kinds, both stop, rad: `path-tolerance` during a motion, `goal-tolerance` at its end. NaN never passes. One reason,
 * for the worst joint.
 */
export function checkTracking(
  { measured, measuredAt, reference, atGoal }: TrackingSample,
  {
    jointNames,
    pathTolerance,
    goalTolerance,
  }: Pick<SafetyConfig, 'jointNames' | 'pathTolerance' | 'goalTolerance'>,
): readonly SafetyReason[] {
  const tolerance = atGoal ? goalTolerance : pathTolerance;
  const worst = worstDeviation(jointNames, measured, reference, () => tolerance);
  if (worst === undefined) return [];
  const { jointName: joint, distance, limit } = worst;
  const place = atGoal ? 'at the goal' : 'on the path';
  return [
    {
      guard: 'tracking',
      outcome: 'stop',
      kind: atGoal ? 'goal-tolerance' : 'path-tolerance',
      message: `${joint} was measured ${distance} rad from its command at ${measuredAt} ms, ${limit} rad are allowed ${place}`,
      joint,
      ...measures(distance, limit),
    },
  ];
}
