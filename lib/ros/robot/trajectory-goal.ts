import type { JointReference, JointTrajectory } from '../../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../trajectory/sample-trajectory.js';
import type { FollowJointTrajectoryGoal, JointToleranceMessage, TimeMessage } from '../messages.js';

/** How far in the past a goal begins: longer than the period of a controller and the way to it. */
const RETRACED_MS = 20;
/** A goal whose last point lies in the past when it arrives is refused, and the first one can take long to get there. */
const LEAST_AHEAD_MS = 1000;
/** Times count whole nanoseconds, so that in a shorter segment rounding would show as acceleration. */
const SHORTEST_SEGMENT_MS = 0.1;
const NANOSECONDS_PER_MS = 1e6;
const NANOSECONDS_PER_S = 1_000_000_000;

export interface GoalTolerances {
  /** How far a joint may be from the curve on the way, rad. Default 0.1. */
  readonly pathTolerance?: number;
  /** How far a joint may be from the last point, rad. Default 0.05. */
  readonly goalTolerance?: number;
  /** How long after the last point a joint may arrive there, milliseconds. Default 500. */
  readonly goalTimeToleranceMs?: number;
}

export const DEFAULT_TOLERANCES: Required<GoalTolerances> = {
  pathTolerance: 0.1,
  goalTolerance: 0.05,
  goalTimeToleranceMs: 500,
};

/** The state of all joints at an instant of the robot's clock. */
interface TimedReference extends JointReference {
  readonly atMs: number;
}

/**
 * The goal that puts `trajectory` in place of what a controller runs, without asking it for a curve of its own: it
 * begins in the past with the curve that runs, so that the controller finds itself on it and interpolates only between
 * points that it was sent, whatever it does between now and a start in the future. Tolerances are always set: a
 * controller's own are 0 by default, which means none.
 *
 * @param accepted what the controller was sent before, by start times
 * @param toStamp a time of the robot's clock as a stamp
 */
export function trajectoryGoal(
  jointNames: readonly string[],
  accepted: readonly JointTrajectory[],
  trajectory: JointTrajectory,
  nowMs: number,
  toStamp: (ms: number) => TimeMessage,
  asked: GoalTolerances = {},
): FollowJointTrajectoryGoal {
  const { startMs, points } = retraced(accepted, trajectory, nowMs);
  const { pathTolerance, goalTolerance, goalTimeToleranceMs } = { ...DEFAULT_TOLERANCES, ...asked };
  const tolerances = (position: number): JointToleranceMessage[] =>
    jointNames.map((name) => ({ name, position, velocity: 0, acceleration: 0 }));
  return {
    trajectory: {
      header: { stamp: toStamp(startMs), frame_id: '' },
      joint_names: jointNames,
      points: points.map(({ timeS, positions, velocities, accelerations }) => ({
        positions,
        velocities,
        accelerations,
        effort: [],
        time_from_start: duration(timeS * 1000),
      })),
    },
    path_tolerance: tolerances(pathTolerance),
    goal_tolerance: tolerances(goalTolerance),
    goal_time_tolerance: duration(goalTimeToleranceMs),
  };
}

/**
 * What runs from shortly before `nowMs` on, when `trajectory` takes over at its start from those accepted before: a
 * quintic that is cut in two is the same quintic. From rest it begins where `trajectory` does.
 */
export function retraced(
  accepted: readonly JointTrajectory[],
  trajectory: JointTrajectory,
  nowMs: number,
): JointTrajectory {
  const chain = [...accepted.filter(({ startMs }) => startMs < trajectory.startMs), trajectory];
  const fromMs = nowMs - RETRACED_MS;
  const running = chain.slice(firstRelevant(chain, fromMs));
  const states = running.flatMap((part, index) =>
    statesOf(part, Math.max(fromMs, part.startMs), running[index + 1]?.startMs ?? Number.POSITIVE_INFINITY),
  );
  const points = spaced(withFutureEnd(states, nowMs + LEAST_AHEAD_MS));
  const startMs = points[0]?.atMs ?? trajectory.startMs;
  return {
    startMs,
    points: points.map(({ atMs, ...state }) => ({ timeS: (atMs - startMs) / 1000, ...state })),
  };
}

/** The one that runs at `fromMs`, or the one after it when it is at rest by then. */
function firstRelevant(chain: readonly JointTrajectory[], fromMs: number): number {
  const first = Math.max(
    0,
    chain.findLastIndex(({ startMs }) => startMs <= fromMs),
  );
  const part = chain[first];
  const endMs = part === undefined ? 0 : part.startMs + (part.points.at(-1)?.timeS ?? 0) * 1000;
  return endMs <= fromMs && first < chain.length - 1 ? first + 1 : first;
}

/** The state at `fromMs`, and the points after it and before `untilMs`. */
function statesOf({ startMs, points }: JointTrajectory, fromMs: number, untilMs: number): TimedReference[] {
  const { positions, velocities, accelerations } = sampleTrajectory(points, (fromMs - startMs) / 1000);
  const later = points
    .map(({ timeS, ...state }) => ({ atMs: startMs + timeS * 1000, ...state }))
    .filter(({ atMs }) => atMs > fromMs && atMs < untilMs);
  return [{ atMs: fromMs, positions, velocities, accelerations }, ...later];
}

/** Stays in the last point until `leastMs`. */
function withFutureEnd(states: readonly TimedReference[], leastMs: number): readonly TimedReference[] {
  const last = states.at(-1);
  if (last === undefined || last.atMs >= leastMs) return states;
  const zeros = last.positions.map(() => 0);
  return [...states, { atMs: leastMs, positions: last.positions, velocities: zeros, accelerations: zeros }];
}

/** Without the first of two points that are too close together: the next one says the same. */
function spaced(states: readonly TimedReference[]): readonly TimedReference[] {
  const kept: TimedReference[] = [];
  for (const state of states.toReversed()) {
    const next = kept.at(-1);
    if (next === undefined || next.atMs - state.atMs >= SHORTEST_SEGMENT_MS) kept.push(state);
  }
  return kept.reverse();
}

function duration(ms: number): TimeMessage {
  const nanoseconds = Math.round(ms * NANOSECONDS_PER_MS);
  return { sec: Math.floor(nanoseconds / NANOSECONDS_PER_S), nanosec: nanoseconds % NANOSECONDS_PER_S };
}
