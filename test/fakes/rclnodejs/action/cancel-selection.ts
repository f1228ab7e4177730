import { type GoalId, goalKey, isZero, nanoseconds, type Stamp } from './goal-id.js';
import { isCancelable } from './goal-state.js';
import type { ServerGoalHandle } from './server-goal-handle.js';

export interface CancelRequest {
  readonly goal_info: { readonly goal_id: GoalId; readonly stamp: Stamp };
}

/** Numbers of action_msgs/srv/CancelGoal. */
const NONE = 0;
const UNKNOWN_GOAL = 2;
const GOAL_TERMINATED = 3;

/**
 * The goals that a cancel request means: one id; or all that were accepted at or before a stamp; or, with both zero,
 * all.
 */
export function goalsToCancel(
  { goal_info: { goal_id, stamp } }: CancelRequest,
  known: ReadonlyMap<string, ServerGoalHandle>,
): { readonly code: number; readonly goals: readonly ServerGoalHandle[] } {
  const until = nanoseconds(stamp);
  const named = isZero(goal_id) ? undefined : goalKey(goal_id);
  if (named !== undefined && until === 0n) {
    const goal = known.get(named);
    if (!goal) return { code: UNKNOWN_GOAL, goals: [] };
    return isCancelable(goal.status) ? { code: NONE, goals: [goal] } : { code: GOAL_TERMINATED, goals: [] };
  }
  const goals = [...known].filter(
    ([key, goal]) =>
      isCancelable(goal.status) && (until === 0n || nanoseconds(goal.stamp) <= until || key === named),
  );
  return { code: NONE, goals: goals.map(([, goal]) => goal) };
}
