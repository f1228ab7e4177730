/**
 * Collision checks and forward kinematics on MuJoCo models: an entry point of its own, because it needs the package
 * `@mujoco/mujoco`, which the rest does without.
 */
export type { AllowedPair } from './safety/collision/mujoco/collision-pairs.js';
export type { ModelSource, PrimitiveObstacle } from './safety/collision/mujoco/compile-model.js';
export type { GripperFingers } from './safety/collision/mujoco/gripper-map.js';
export type { ObstaclePose } from './safety/collision/mujoco/moving-obstacles.js';
export { MujocoCollisionModel, type MujocoModelOptions } from './safety/collision/mujoco-model.js';
