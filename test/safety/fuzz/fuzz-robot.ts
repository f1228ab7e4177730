import type { CameraFrame } from '../../../lib/policy/camera-frame.js';
import type { Clock, JointState, Robot } from '../../../lib/robot/robot.js';
import type { JointTrajectory } from '../../../lib/trajectory/joint-trajectory.js';
import { CommandHistory, type Received } from '../oracle/commanded.js';

/**
 * A clock that its user sets. Nothing sleeps to its end: what the executor waits for in that time always comes first,
 * so a million chunks need no turn of the event loop.
 */
export class ManualClock implements Clock {
  ms = 10_000;

  now(): number {
    return this.ms;
  }

  sleep(_: number, signal?: AbortSignal): Promise<void> {
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('the wait was cancelled')), { once: true });
    });
  }
}

/** How a joint state is changed before it is told. */
export type Distortion = (state: JointState) => JointState;

interface Grip {
  readonly dueMs: number;
  readonly done: () => void;
}

/** A robot that goes where the oracle's own polynomials lead it. */
export class FuzzRobot implements Robot {
  readonly clock = new ManualClock();
  readonly history: CommandHistory;
  readonly gripper = { open: () => this.#grip(), close: () => this.#grip(), isGripping: async () => false };
  readonly camera = { capture: (): Promise<CameraFrame> => Promise.reject(new Error('there is no camera')) };
  /** Commands that arrived. */
  received = 0;
  gripperMs = 0;
  /** Milliseconds that reading the joints takes. */
  stateMs = 0;
  distort: Distortion = (state) => state;
  followFails = false;
  /** Called as a command arrives, before it counts. */
  onArrival: (received: Received) => void = () => {};
  /** The newest state that was told, and when. */
  told: JointState | undefined;
  toldAt = Number.NaN;
  #offset: number[];
  #grips: Grip[] = [];

  constructor(
    readonly jointNames: readonly string[],
    positions: readonly number[],
  ) {
    this.history = new CommandHistory(positions);
    this.#offset = positions.map(() => 0);
  }

  /** Where the joints really are. */
  get positions(): readonly number[] {
    return this.history.at(this.clock.ms).positions.map((value, joint) => value + (this.#offset[joint] ?? 0));
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.clock.ms += ms;
    const due = this.#grips.filter(({ dueMs }) => dueMs <= this.clock.ms);
    this.#grips = this.#grips.filter((grip) => !due.includes(grip));
    for (const { done } of due) done();
  }

  /** From now on the joints are this far, rad, from where they were. */
  push(offset: readonly number[]): void {
    this.#offset = this.#offset.map((value, joint) => value + (offset[joint] ?? 0));
  }

  async jointState(): Promise<JointState> {
    this.advance(this.stateMs);
    const stamp = this.clock.ms;
    const { velocities } = this.history.at(stamp);
    this.told = this.distort({ positions: this.positions, velocities, stamp });
    this.toldAt = stamp;
    return this.told;
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    const received = { trajectory, at: this.clock.ms };
    this.onArrival(received);
    this.received++;
    if (this.followFails) throw new Error('the bus is down');
    this.history.add(received);
  }

  async stop(): Promise<void> {
    this.hold();
  }

  /** Holds where it is. */
  hold(): void {
    this.history.hold(this.positions);
    this.#offset = this.#offset.map(() => 0);
  }

  #grip(): Promise<void> {
    if (this.gripperMs === 0) return Promise.resolve();
    return new Promise((done) => this.#grips.push({ dueMs: this.clock.ms + this.gripperMs, done }));
  }
}
