import { VLAError } from '../../../errors.js';
import type { ModelTables } from './model-tables.js';

/** The finger joints and their values (m or rad) at gripper 0 and at gripper 1; straight in between. */
export interface GripperFingers {
  readonly joints: readonly string[];
  readonly open: readonly number[];
  readonly closed: readonly number[];
}

/** Writes the finger joints for a gripper value into `qpos`. */
export type GripperMap = (qpos: Float64Array, gripper: number) => void;

/**
 * Values outside 0 … 1 count as the nearer end; NaN leaves the fingers alone.
 *
 * @throws VLAError INVALID_ARGUMENT
 */
export function gripperMap(tables: ModelTables, { joints, open, closed }: GripperFingers): GripperMap {
  const fingers = joints.map((name, index) => {
    const joint = tables.joints.find((each) => each.name === name);
    const [at0, at1] = [open[index] ?? Number.NaN, closed[index] ?? Number.NaN];
    if (joint === undefined || !Number.isFinite(at0) || !Number.isFinite(at1))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `gripper joint ${name}: expected a joint of the model with finite open and closed values, got ${open[index]} and ${closed[index]}`,
      );
    return { address: joint.qpos, at0, at1 };
  });
  return (qpos, gripper) => {
    if (Number.isNaN(gripper)) return;
    const share = Math.min(1, Math.max(0, gripper));
    for (const { address, at0, at1 } of fingers) qpos[address] = at0 + share * (at1 - at0);
  };
}
