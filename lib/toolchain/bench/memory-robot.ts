import { VLAError } from '../../errors.js';
import type { Clock, JointState, Robot } from '../../robot/robot.js';
import type { JointTrajectory } from '../../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../trajectory/sample-trajectory.js';

/** An arm in memory that is always exactly where its trajectory says. It notes when a trajectory is handed to it. */
export class MemoryRobot implements Robot {
  readonly jointNames: readonly string[];
  readonly clock: Clock;
  readonly gripper = { open: async () => {}, close: async () => {}, isGripping: async () => false };
  readonly camera = {
    capture: async () => {
      throw new VLAError('ROBOT_FAILED', 'the arm in memory has no camera');
    },
  };
  /** `performance.now()` when {@link follow} was last called. */
  followedAt: number | undefined;
  #positions: readonly number[];
  #trajectory: JointTrajectory | undefined;

  /** @param positions of the joints at the start, in their units */
  constructor(jointNames: readonly string[], clock: Clock, positions: readonly number[]) {
    this.jointNames = jointNames;
    this.clock = clock;
    this.#positions = positions;
  }

  async jointState(): Promise<JointState> {
    const stamp = this.clock.now();
    const velocities = this.#positions.map(() => 0);
    if (this.#trajectory === undefined) return { positions: this.#positions, velocities, stamp };
    const { startMs, points } = this.#trajectory;
    return { ...sampleTrajectory(points, (stamp - startMs) / 1000), stamp };
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    this.followedAt = performance.now();
    this.#trajectory = trajectory;
  }

  async stop(): Promise<void> {
    this.#positions = (await this.jointState()).positions;
    this.#trajectory = undefined;
  }
}
