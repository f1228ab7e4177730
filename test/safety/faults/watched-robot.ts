import {
  type Camera,
  type Clock,
  type Gripper,
  type JointLimits,
  type JointState,
  type JointTrajectory,
  type Robot,
  sampleTrajectory,
} from 'jetson-vla';
import { expect } from 'vitest';
import type { SimRobot } from '../../../examples/sim/sim-robot.js';

export type Command =
  | { readonly kind: 'follow'; readonly trajectory: JointTrajectory; readonly at: number }
  | { readonly kind: 'open' | 'close' | 'stop'; readonly at: number };

/** The simulated arm with its commands on record. No command passes that does not end at rest inside the limits. */
export class WatchedRobot implements Robot {
  readonly commands: Command[] = [];
  readonly jointNames: readonly string[];
  readonly clock: Clock;
  readonly camera: Camera;
  readonly gripper: Gripper;
  /** Changes each measured state before it is told. */
  distort: (state: JointState) => JointState = (state) => state;
  readonly sim: SimRobot;
  readonly #limits: readonly JointLimits[];

  constructor(sim: SimRobot, limits: readonly JointLimits[]) {
    this.sim = sim;
    this.#limits = limits;
    this.jointNames = sim.jointNames;
    this.clock = sim.clock;
    this.camera = sim.camera;
    this.gripper = {
      open: (signal) => this.#grip('open', signal),
      close: (signal) => this.#grip('close', signal),
      isGripping: () => sim.gripper.isGripping(),
    };
  }

  get kinds(): readonly Command['kind'][] {
    return this.commands.map(({ kind }) => kind);
  }

  get trajectories(): readonly JointTrajectory[] {
    return this.commands.flatMap((command) => (command.kind === 'follow' ? [command.trajectory] : []));
  }

  /** Joint positions of the waypoints that were sent: every point but the start of each motion. */
  get sent(): readonly (readonly number[])[] {
    return this.trajectories.flatMap(({ points }) => points.slice(1).map(({ positions }) => positions));
  }

  async jointState(): Promise<JointState> {
    return this.distort(await this.sim.jointState());
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    this.commands.push({ kind: 'follow', trajectory, at: this.clock.now() });
    expectRestInsideLimits(trajectory, this.#limits);
    await this.sim.follow(trajectory);
  }

  async stop(): Promise<void> {
    this.commands.push({ kind: 'stop', at: this.clock.now() });
    await this.sim.stop();
  }

  async #grip(kind: 'open' | 'close', signal?: AbortSignal): Promise<void> {
    this.commands.push({ kind, at: this.clock.now() });
    await (kind === 'open' ? this.sim.gripper.open(signal) : this.sim.gripper.close(signal));
  }
}

const SAMPLE_S = 0.001;
/** Of each limit: what rounding and sampling may add. */
const ROUNDING = 1 + 1e-6;

/** The curve of a trajectory, sampled each millisecond, stays inside the limits and ends at rest. */
export function expectRestInsideLimits(
  { points }: JointTrajectory,
  limits: readonly JointLimits[],
  factor = 1,
): void {
  const last = points.at(-1);
  expect(last?.velocities.every((velocity) => velocity === 0)).toBe(true);
  expect(last?.accelerations.every((acceleration) => acceleration === 0)).toBe(true);
  const worst = { position: 0, velocity: 0, acceleration: 0, jerk: 0 };
  let before = sampleTrajectory(points, 0);
  const end = last?.timeS ?? 0;
  for (let timeS = 0; timeS <= end; timeS += SAMPLE_S) {
    const at = sampleTrajectory(points, timeS);
    limits.forEach(({ min, max, velocity, acceleration = 1, jerk = 10 }, joint) => {
      const position = at.positions[joint] ?? Number.NaN;
      const change = (at.accelerations[joint] ?? Number.NaN) - (before.accelerations[joint] ?? Number.NaN);
      worst.position = Math.max(worst.position, min - position, position - max);
      worst.velocity = Math.max(worst.velocity, Math.abs(at.velocities[joint] ?? Number.NaN) / velocity);
      worst.acceleration = Math.max(
        worst.acceleration,
        Math.abs(at.accelerations[joint] ?? Number.NaN) / acceleration,
      );
      worst.jerk = Math.max(worst.jerk, Math.abs(change) / SAMPLE_S / jerk);
    });
    before = at;
  }
  expect(worst.position).toBeLessThanOrEqual(1e-9);
  expect(worst.velocity).toBeLessThanOrEqual(factor * ROUNDING);
  expect(worst.acceleration).toBeLessThanOrEqual(factor * ROUNDING);
  expect(worst.jerk).toBeLessThanOrEqual(factor * ROUNDING);
}
