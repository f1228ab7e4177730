import { checkerSource } from '../lib/safety/collision/checker-source.js';
import type { CollisionChecker } from '../lib/safety/collision/collision-checker.js';
import { CurveMotion } from '../lib/safety/collision/curve-motion.js';
import { sweptCollision } from '../lib/safety/collision/swept-collision.js';
import type { TrajectoryPoint } from '../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../lib/trajectory/sample-trajectory.js';

/** What {@link sweptCollision} resolves a curve to by default, m. */
const STEP_M = 0.005;

export interface Margins {
  readonly environmentMargin: number;
  readonly selfMargin: number;
}

/** Whether the swept check proves the curve free, and how many configurations it measures for that. */
export async function sweep(
  points: readonly TrajectoryPoint[],
  checker: CollisionChecker,
  margins: Margins,
): Promise<{ free: boolean; queries: number }> {
  const source = checkerSource(checker, { budgetMs: 10_000 });
  return sweptCollision(points, undefined, source, margins);
}

/**
 * What a user would write instead: the same model is asked at samples no more than 5 mm of motion apart, and every
 * sample has to keep the margins. It proves nothing about what lies between them.
 */
export function sampledCheck(
  points: readonly TrajectoryPoint[],
  checker: CollisionChecker,
  margins: Margins,
): { free: boolean; queries: number } {
  const motion = new CurveMotion(points);
  const startS = points[0]?.timeS ?? 0;
  const endS = points.at(-1)?.timeS ?? 0;
  const samples = Math.max(1, Math.ceil(motion.travel(startS, endS, checker.reach) / STEP_M));
  for (let sample = 0; sample <= samples; sample++) {
    const timeS = startS + ((endS - startS) * sample) / samples;
    const answer = checker.clearances(sampleTrajectory(points, timeS).positions, undefined);
    if (answer instanceof Promise) throw new Error('the sampled check takes a checker that answers at once');
    const { environment, self } = answer;
    if (environment.distance < margins.environmentMargin || self.distance < margins.selfMargin)
      return { free: false, queries: sample + 1 };
  }
  return { free: true, queries: samples + 1 };
}
