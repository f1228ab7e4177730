import { VLAError } from '../errors.js';
import type { Robot } from './robot.js';

/** Whether the task that the instruction names is done, judged on the robot as it is now. */
export type SuccessCondition = (instruction: string, robot: Robot) => boolean | Promise<boolean>;

// Only the forms of the verb: "put the pickle into the jar" is no picking task.
const PICK = /\bpick(s|ed|ing|up)?\b/i;

/**
 * An instruction to pick something has succeeded when the gripper holds an object; any other never succeeds here.
 *
 * @throws VLAError ROBOT_FAILED when the gripper cannot be asked
 */
export const pickSucceeds: SuccessCondition = async (instruction, robot) => {
  if (!PICK.test(instruction)) return false;
  try {
    return await robot.gripper.isGripping();
  } catch (cause) {
    throw new VLAError('ROBOT_FAILED', 'the gripper did not tell whether it holds an object', { cause });
  }
};
