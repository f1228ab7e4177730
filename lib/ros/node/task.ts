import type { VLAError } from '../../errors.js';

/**
 * What became of an instruction. `idle`: there is none. `running`: it is being followed. `succeeded`: its success
 * condition held. `ended`: somebody ended it, or its time was over. `failed`: it was given up. `latched`: the robot was
 * stopped and stays so until a reset.
 */
export type TaskState = 'idle' | 'running' | 'succeeded' | 'ended' | 'failed' | 'latched';

export interface Task {
  readonly state: TaskState;
  /** '' when there is none. */
  readonly instruction: string;
  /** Why it ended, unless it succeeded. */
  readonly reason?: VLAError;
}

export const NO_TASK: Task = { state: 'idle', instruction: '' };

/** What makes the robot follow instructions while the node is active. */
export interface TaskFollower {
  readonly task: Task;
  /** Takes the place of the instruction before it; '' ends that one. The same one again while it runs changes nothing. */
  follow(instruction: string): void;
  /** Ends the present instruction; resolves once the robot is at rest. @throws VLAError ROBOT_FAILED */
  stop(): Promise<void>;
}
