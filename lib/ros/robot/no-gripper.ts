import type { Gripper } from '../../robot/robot.js';

/** Of an arm that has none: every command is carried out at once, and nothing is ever held. */
export const NO_GRIPPER: Gripper = {
  open: async () => {},
  close: async () => {},
  isGripping: async () => false,
};
