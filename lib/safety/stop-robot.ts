import { robotCommand } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';

/** @throws VLAError ROBOT_FAILED when the robot does not stop, or does not say so in time */
export async function stopRobot(robot: Robot, timeoutMs: number): Promise<void> {
  const doing = 'stopping the robot';
  await withTimeout(doing, robot.clock, timeoutMs, () => robotCommand(doing, () => robot.stop()));
}
