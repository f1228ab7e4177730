import { type JointState, type JointTrajectory, type Robot, sampleTrajectory, systemClock } from 'jetson-vla';

/** An arm in memory that is always exactly where its trajectory says, on the clock of the process. */
export class MemoryRobot implements Robot {
  readonly jointNames = ['base', 'shoulder', 'elbow', 'roll', 'bend', 'flange'];
  readonly clock = systemClock;
  readonly gripper = { open: async () => {}, close: async () => {}, isGripping: async () => false };
  readonly camera = {
    capture: async () => {
      throw new Error('the arm in memory sees nothing');
    },
  };
  #trajectory: JointTrajectory | undefined;

  async jointState(): Promise<JointState> {
    const stamp = this.clock.now();
    const zeros = this.jointNames.map(() => 0);
    if (this.#trajectory === undefined) return { positions: zeros, velocities: zeros, stamp };
    const { startMs, points } = this.#trajectory;
    return { ...sampleTrajectory(points, (stamp - startMs) / 1000), stamp };
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    this.#trajectory = trajectory;
  }

  async stop(): Promise<void> {
    this.#trajectory = undefined;
  }
}
