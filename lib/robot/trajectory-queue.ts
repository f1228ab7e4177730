import type { JointTrajectory } from '../trajectory/joint-trajectory.js';

/**
 * The trajectories that a robot was told to follow, by their start times: the last one that has started is the one
 * that runs. What `Robot.follow` asks for, for robots that play trajectories themselves.
 */
export class TrajectoryQueue {
  #trajectories: readonly JointTrajectory[] = [];

  get isEmpty(): boolean {
    return this.#trajectories.length === 0;
  }

  /** Takes the place, from its start on, of all that were added before. */
  add(trajectory: JointTrajectory): void {
    const earlier = this.#trajectories.filter(({ startMs }) => startMs < trajectory.startMs);
    this.#trajectories = [...earlier, trajectory];
  }

  /** The one that runs at `timeMs` of the robot's clock; undefined before the first has started. */
  runningAt(timeMs: number): JointTrajectory | undefined {
    return this.#trajectories.findLast(({ startMs }) => startMs <= timeMs);
  }

  /** Drops those that ran before `running`. */
  dropBefore(running: JointTrajectory): void {
    this.#trajectories = this.#trajectories.filter(({ startMs }) => startMs >= running.startMs);
  }

  drop(trajectory: JointTrajectory): void {
    this.#trajectories = this.#trajectories.filter((each) => each !== trajectory);
  }

  clear(): void {
    this.#trajectories = [];
  }
}
