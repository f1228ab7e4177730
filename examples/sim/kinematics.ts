import type { Vec3 } from './vector.js';

/** Link lengths of world.xml, metres. */
const SHOULDER_HEIGHT = 0.18;
const UPPER_ARM = 0.32;
const FOREARM = 0.3;
const WRIST_TO_TCP = 0.18;

/**
 * Joint angles (rad) that put the tool centre point at `tcp` with the tool pointing straight down and the fingers
 * closing along the world's y axis. The arm is planar in the vertical plane through the base axis, so the elbow
 * follows from the law of cosines; a point out of reach gives the stretched arm that points at it.
 */
export function inverseKinematics([x, y, z]: Vec3): number[] {
  const pan = Math.atan2(y, x);
  const radius = Math.hypot(x, y);
  const height = z + WRIST_TO_TCP - SHOULDER_HEIGHT;
  const cosElbow = (radius ** 2 + height ** 2 - UPPER_ARM ** 2 - FOREARM ** 2) / (2 * UPPER_ARM * FOREARM);
  const elbow = Math.acos(Math.min(1, Math.max(-1, cosElbow)));
  const lift =
    Math.atan2(radius, height) - Math.atan2(FOREARM * Math.sin(elbow), UPPER_ARM + FOREARM * Math.cos(elbow));
  return [pan, lift, elbow, 0, Math.PI - lift - elbow, pan];
}

/** Tool centre point for joint angles (rad) with `wrist_roll` at 0, as in every pose of {@link inverseKinematics}. */
export function forwardKinematics(joints: readonly number[]): Vec3 {
  const [pan = 0, lift = 0, elbow = 0, , wristPitch = 0] = joints;
  const forearm = lift + elbow;
  const tool = forearm + wristPitch;
  const radius = UPPER_ARM * Math.sin(lift) + FOREARM * Math.sin(forearm) + WRIST_TO_TCP * Math.sin(tool);
  const height =
    SHOULDER_HEIGHT +
    UPPER_ARM * Math.cos(lift) +
    FOREARM * Math.cos(forearm) +
    WRIST_TO_TCP * Math.cos(tool);
  return [radius * Math.cos(pan), radius * Math.sin(pan), height];
}
