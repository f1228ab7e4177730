import type { JointTrajectory } from '../../../lib/trajectory/joint-trajectory.js';
import { type CommandHistory, stateOn } from './commanded.js';
import type { Escape, OracleLimits } from './motion-oracle.js';

/** Share of a limit by which velocity and acceleration may jump where one command takes over from another. */
const JUMP = 1e-6;

export interface Seam {
  /** What ran before. */
  readonly history: CommandHistory;
  readonly trajectory: JointTrajectory;
  /** When it arrived, milliseconds. */
  readonly at: number;
  /** The newest joint state that the sender had read. */
  readonly measured: { readonly positions: readonly number[]; readonly velocities: readonly number[] };
  /** How far the start of a motion from rest may be from {@link measured}, rad. */
  readonly startTolerance: number;
  /** Whole limits. */
  readonly limits: OracleLimits;
}

/**
 * Whether a command goes on from where the one before it is when it takes over: at its start, or on arrival if that is
 * later. A robot at rest may also be started from where it is measured.
 */
export function judgeSeam({ history, trajectory, at, measured, startTolerance, limits }: Seam): Escape[] {
  const switchMs = Math.max(trajectory.startMs, at);
  const before = history.at(switchMs);
  const after = stateOn(trajectory, switchMs);
  const escapes: Escape[] = [];
  after.positions.forEach((position, joint) => {
    const jump = (what: string, from: number, to: number, most: number) => {
      if (!(Math.abs(to - from) <= most))
        escapes.push(`joint ${joint}: ${what} jumps from ${from} to ${to} at ${switchMs} ms`);
    };
    const was = before.positions[joint] ?? Number.NaN;
    const seen = measured.positions[joint] ?? Number.NaN;
    const exact = 1e-9 * Math.max(1, Math.abs(was));
    const fromMeasured = before.resting && Math.abs(position - seen) <= exact;
    if (!fromMeasured) jump('position', was, position, exact);
    if (before.resting) jump('start', seen, position, startTolerance + exact);
    const speed = after.velocities[joint] ?? Number.NaN;
    const mostSpeed = JUMP * (limits.velocity[joint] ?? 0);
    const pushed = fromMeasured && Math.abs(speed - (measured.velocities[joint] ?? Number.NaN)) <= mostSpeed;
    if (!pushed) jump('velocity', before.velocities[joint] ?? Number.NaN, speed, mostSpeed);
    jump(
      'acceleration',
      before.accelerations[joint] ?? Number.NaN,
      after.accelerations[joint] ?? Number.NaN,
      JUMP * (limits.acceleration[joint] ?? 0),
    );
  });
  return escapes;
}

/** How far the knots of a changed pace may lie from the path of the motion that they replace, share of its travel. */
const OFF_PATH = 2e-3;
const PATH_SAMPLES = 400;

/** Whether a command stays on the path of the one before it. */
export function judgePath({
  history,
  trajectory,
  at,
}: Pick<Seam, 'history' | 'trajectory' | 'at'>): Escape[] {
  const startMs = Math.max(trajectory.startMs, at);
  const { trajectory: before } = history.running(startMs);
  const endMs = before.startMs + 1000 * (before.points.at(-1)?.timeS ?? 0);
  const path = Array.from(
    { length: PATH_SAMPLES + 1 },
    (_, index) => stateOn(before, startMs + ((endMs - startMs) * index) / PATH_SAMPLES).positions,
  );
  const travel = path.slice(1).reduce((sum, to, index) => sum + distance(path[index] ?? to, to), 0);
  const allowed = OFF_PATH * travel + 1e-9;
  const off = trajectory.points.find(
    ({ positions }) =>
      !path.some((from, index) => toSegment(positions, from, path[index + 1] ?? from) <= allowed),
  );
  return off === undefined ? [] : [`[${off.positions.join(', ')}] is not on the path before it`];
}

function distance(one: readonly number[], other: readonly number[]): number {
  return Math.hypot(...one.map((value, index) => value - (other[index] ?? Number.NaN)));
}

function toSegment(point: readonly number[], from: readonly number[], to: readonly number[]): number {
  const way = to.map((value, index) => value - (from[index] ?? 0));
  const square = way.reduce((sum, value) => sum + value * value, 0);
  const along = way.reduce(
    (sum, value, index) => sum + value * ((point[index] ?? 0) - (from[index] ?? 0)),
    0,
  );
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, along / square));
  return distance(
    point,
    from.map((value, index) => value + share * (way[index] ?? 0)),
  );
}
