import { VLAError } from '../../errors.js';
import type { SafetyConfig } from '../safety-options.js';
import { checkerSource } from './checker-source.js';
import type { CollisionChecker } from './collision-checker.js';

/**
 * Whether the robot at `joints` (rad) would touch something, or come closer to it than its margin.
 *
 * @throws VLAError COLLISION_CHECK_FAILED when the checker fails or takes too long
 */
export async function wouldCollide(
  checker: CollisionChecker,
  joints: readonly number[],
  gripper: number | undefined,
  { collisionBudgetMs, slowDistance, environmentMargin, selfMargin }: SafetyConfig,
): Promise<boolean> {
  const source = checkerSource(checker, { budgetMs: collisionBudgetMs, slowDistance });
  const answer = await source.ask(joints, gripper);
  if ('failure' in answer) throw new VLAError('COLLISION_CHECK_FAILED', answer.failure.message);
  return answer.environment.distance < environmentMargin || answer.self.distance < selfMargin;
}
