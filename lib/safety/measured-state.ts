import { robotCommand } from '../robot/faults.js';
import type { JointState, Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';

/** Measured speeds up to this are noise, rad/s. */
const AT_REST = 0.05;

/** Whether no joint moves. NaN is no rest. */
export function isAtRest(velocities: readonly number[]): boolean {
  return velocities.every((speed) => Math.abs(speed) <= AT_REST);
}

/**
 * The measured joint state, copied: what is judged and recorded must not change afterwards.
 *
 * @throws VLAError ROBOT_FAILED when the robot fails or takes too long
 */
export async function measuredState(robot: Robot, timeoutMs: number): Promise<JointState> {
  const doing = 'reading the joint state';
  const { positions, velocities, stamp } = await withTimeout(doing, robot.clock, timeoutMs, () =>
    robotCommand(doing, () => robot.jointState()),
  );
  return { positions: [...positions], velocities: [...velocities], stamp };
}
