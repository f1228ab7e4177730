import { type JointReference, sampleTrajectory, type TrajectoryPoint } from 'jetson-vla';
import type {
  FollowJointTrajectoryGoal,
  JointToleranceMessage,
  JointTrajectoryPointMessage,
} from '../../lib/ros/messages.js';
import { milliseconds } from './stamp.js';

/** A point of a goal, in the robot's order of joints. Absent velocities and accelerations are empty. */
export interface GoalPoint {
  /** When it is due, milliseconds of ROS time. */
  readonly atMs: number;
  readonly positions: readonly number[];
  readonly velocities: readonly number[];
  readonly accelerations: readonly number[];
}

/** Slower than this counts as at rest, rad/s. */
const AT_REST = 1e-3;

/**
 * What joint_trajectory_controller refuses: wrong joints, no points, points without order or with missing values, a last
 * point in motion, and what lies in the past as a whole.
 *
 * @returns a sentence, or undefined for a goal that can be carried out
 */
export function goalProblem(
  { trajectory }: FollowJointTrajectoryGoal,
  jointNames: readonly string[],
  nowMs: number,
): string | undefined {
  const { header, joint_names: names, points } = trajectory;
  const known = new Set(names);
  if (names.length !== jointNames.length || jointNames.some((name) => !known.has(name)))
    return `its joints are [${names}], this arm has [${jointNames}]`;
  const last = points.at(-1);
  if (last === undefined) return 'it has no points';
  const ofJoints = (values: ArrayLike<number>) => values.length === names.length;
  const optional = (values: ArrayLike<number>) => values.length === 0 || ofJoints(values);
  let before = -1;
  for (const [index, point] of points.entries()) {
    const { positions, velocities, accelerations, time_from_start } = point;
    if (!ofJoints(positions) || !optional(velocities) || !optional(accelerations))
      return `point ${index} does not have one value per joint`;
    const values = [...positions, ...velocities, ...accelerations];
    if (!values.every(Number.isFinite)) return `point ${index} has a value that is not finite`;
    const time = milliseconds(time_from_start);
    if (time <= before) return `point ${index} is not later than the one before it`;
    before = time;
  }
  if ([...last.velocities].some((velocity) => Math.abs(velocity) > AT_REST)) return 'it ends in motion';
  const startMs = milliseconds(header.stamp);
  if (startMs !== 0 && startMs + before < nowMs) return 'it ends in the past';
  return undefined;
}

/** The points of a goal without problems. A stamp of zero means now. */
export function goalPoints(
  { trajectory }: FollowJointTrajectoryGoal,
  jointNames: readonly string[],
  nowMs: number,
): GoalPoint[] {
  const startMs = milliseconds(trajectory.header.stamp) || nowMs;
  const columns = jointNames.map((name) => trajectory.joint_names.indexOf(name));
  const ordered = (values: ArrayLike<number>) =>
    values.length === 0 ? [] : columns.map((column) => values[column] ?? 0);
  return trajectory.points.map((point: JointTrajectoryPointMessage) => ({
    atMs: startMs + milliseconds(point.time_from_start),
    positions: ordered(point.positions),
    velocities: ordered(point.velocities),
    accelerations: ordered(point.accelerations),
  }));
}

/**
 * The state at an instant: between two points of degree 5 where both state accelerations, of degree 3 where both state
 * velocities, else a straight line; at rest after the last.
 *
 * @param points at least one, and the first not later than `nowMs`
 */
export function sampleGoal(points: readonly GoalPoint[], nowMs: number): JointReference {
  const next = points.findIndex(({ atMs }) => atMs > nowMs);
  const to = points[next];
  const from = points[next - 1];
  if (to === undefined || from === undefined) {
    const { positions } = (to ?? points.at(-1)) as GoalPoint;
    const zeros = positions.map(() => 0);
    return { positions, velocities: zeros, accelerations: zeros };
  }
  return sampleTrajectory(segment(from, to), (nowMs - from.atMs) / 1000);
}

/** Both ends of the polynomial of degree 5 that is the one that the two points ask for. */
function segment(from: GoalPoint, to: GoalPoint): [TrajectoryPoint, TrajectoryPoint] {
  const h = (to.atMs - from.atMs) / 1000;
  const ends = (v: [readonly number[], readonly number[]], a: [readonly number[], readonly number[]]) =>
    [
      { timeS: 0, positions: from.positions, velocities: v[0], accelerations: a[0] },
      { timeS: h, positions: to.positions, velocities: v[1], accelerations: a[1] },
    ] satisfies [TrajectoryPoint, TrajectoryPoint];
  const joints = from.positions.map((_, joint) => joint);
  const slope = joints.map((joint) => ((to.positions[joint] ?? 0) - (from.positions[joint] ?? 0)) / h);
  if (from.velocities.length === 0 || to.velocities.length === 0) {
    const zeros = slope.map(() => 0);
    return ends([slope, slope], [zeros, zeros]);
  }
  if (from.accelerations.length > 0 && to.accelerations.length > 0)
    return ends([from.velocities, to.velocities], [from.accelerations, to.accelerations]);
  // The second derivatives of Hermite's cubic at its ends.
  const curvature = (near: readonly number[], far: readonly number[], sign: number) =>
    joints.map((joint) => {
      const bend = 6 * (slope[joint] ?? 0) - 4 * (near[joint] ?? 0) - 2 * (far[joint] ?? 0);
      return (sign * bend) / h;
    });
  return ends(
    [from.velocities, to.velocities],
    [curvature(from.velocities, to.velocities, 1), curvature(to.velocities, from.velocities, -1)],
  );
}

/** One tolerance per joint, 0 for none: the controller's own, unless the goal names another or (−1) none at all. */
export function tolerances(
  messages: readonly JointToleranceMessage[],
  jointNames: readonly string[],
  quantity: 'position' | 'velocity',
  ownValue: number,
): number[] {
  return jointNames.map((joint) => {
    const stated = messages.find(({ name }) => name === joint)?.[quantity] ?? 0;
    return stated === 0 ? ownValue : Math.max(0, stated);
  });
}
