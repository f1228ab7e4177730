import type { JointTrajectory, TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { type EndState, type Jet, NewtonQuintic } from './newton-quintic.js';

/** A command as it reached the robot. */
export interface Received {
  readonly trajectory: JointTrajectory;
  /** When it arrived: milliseconds on the robot's clock. */
  readonly at: number;
}

/** The commanded state of all joints. */
export interface Commanded {
  readonly positions: readonly number[];
  readonly velocities: readonly number[];
  readonly accelerations: readonly number[];
  /** Whether it is the rest after the end of its command. */
  readonly resting: boolean;
}

export function endState({ positions, velocities, accelerations }: TrajectoryPoint, joint: number): EndState {
  return {
    p: positions[joint] ?? Number.NaN,
    v: velocities[joint] ?? Number.NaN,
    a: accelerations[joint] ?? Number.NaN,
  };
}

/** The state on a trajectory, by the oracle's own polynomial. */
export function stateOn({ startMs, points }: JointTrajectory, timeMs: number): Commanded {
  const timeS = (timeMs - startMs) / 1000;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) throw new Error('a trajectory without points');
  const still = first.positions.map(() => 0);
  if (timeS >= last.timeS)
    return { positions: last.positions, velocities: still, accelerations: still, resting: true };
  const after = Math.max(
    1,
    points.findIndex((point) => point.timeS > timeS),
  );
  const from = points[after - 1];
  const to = points[after];
  if (from === undefined || to === undefined) throw new Error('a time outside of the trajectory');
  const h = to.timeS - from.timeS;
  const jet: Jet = { p: 0, v: 0, a: 0, j: 0 };
  const jets = first.positions.map((_, joint) => {
    new NewtonQuintic(endState(from, joint), endState(to, joint), h).at((timeS - from.timeS) / h, jet);
    return { ...jet };
  });
  return {
    positions: jets.map(({ p }) => p),
    velocities: jets.map(({ v }) => v),
    accelerations: jets.map(({ a }) => a),
    resting: false,
  };
}

/** Commands that are remembered: more than any observation may be old. */
const REMEMBERED = 24;

/** What a robot was commanded, and so where it is at each instant. */
export class CommandHistory {
  #received: Received[];

  constructor(positions: readonly number[]) {
    this.#received = [held(positions)];
  }

  /** A command takes over at its start, or when it arrives if that is later. */
  add(received: Received): void {
    const { trajectory } = received;
    this.#received = [
      ...this.#received
        .filter(({ trajectory: earlier }) => earlier.startMs < trajectory.startMs)
        .slice(-REMEMBERED),
      received,
    ];
  }

  /** The robot was stopped by other means and holds these positions. */
  hold(positions: readonly number[]): void {
    this.#received = [held(positions)];
  }

  /** The command that runs at `timeMs`, as far as it has arrived by then. */
  running(timeMs: number): Received {
    const running = this.#received.findLast(
      ({ trajectory, at }) => trajectory.startMs <= timeMs && at <= timeMs,
    );
    if (running === undefined) throw new Error(`nothing is commanded at ${timeMs} ms`);
    return running;
  }

  /** The commanded state at an instant; undefined when that is no longer, or not yet, remembered. */
  known(timeMs: number): Commanded | undefined {
    const running = this.#received.findLast(({ trajectory }) => trajectory.startMs <= timeMs);
    return running && stateOn(running.trajectory, timeMs);
  }

  at(timeMs: number): Commanded {
    return stateOn(this.running(timeMs).trajectory, timeMs);
  }
}

function held(positions: readonly number[]): Received {
  const still = positions.map(() => 0);
  const point = { timeS: 0, positions: [...positions], velocities: still, accelerations: still };
  return {
    trajectory: { startMs: Number.NEGATIVE_INFINITY, points: [point] },
    at: Number.NEGATIVE_INFINITY,
  };
}
