import type { Robot } from '../../robot/robot.js';
import type { SuccessCondition } from '../../robot/success-condition.js';

/**
 * A condition that must have held for a while, such as a grasp until the arm has lifted what it holds.
 *
 * @param holdS seconds on the robot's clock, asked each time
 */
export function heldFor(condition: SuccessCondition, holdS: () => number): SuccessCondition {
  let since: { readonly instruction: string; readonly at: number } | undefined;
  return async (instruction: string, robot: Robot) => {
    const holds = await condition(instruction, robot);
    const now = robot.clock.now();
    if (!holds) since = undefined;
    else if (since?.instruction !== instruction) since = { instruction, at: now };
    const done = since !== undefined && now - since.at >= holdS() * 1000;
    // The next run must hold anew.
    if (done) since = undefined;
    return done;
  };
}
