import type { CameraFrame } from '../policy/camera-frame.js';
import type { ActionChunk } from './action-chunk.js';

/** What a scheduler asks for chunks: a JetsonVLAEngine, or anything that answers in the same way. */
export interface ChunkInferrer {
  infer(
    image: CameraFrame,
    instruction: string,
    options: {
      readonly state?: readonly number[];
      readonly signal: AbortSignal;
      readonly deadlineMs: number;
    },
  ): Promise<ActionChunk>;
}

/** What a policy's state is made of. */
export interface RobotState {
  /** rad, in the robot's order: measured, or projected to when the chunk will start. */
  readonly joints: readonly number[];
  /** The gripper command in force, 0 (open) … 1 (closed). */
  readonly gripper: number;
}

/** The state vector of a policy, one value per state dim; undefined when the policy takes none. */
export type StateVector = (state: RobotState) => readonly number[] | undefined;
