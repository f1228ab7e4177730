import type { JointReference } from 'jetson-vla';
import type { FollowJointTrajectoryGoal } from '../../lib/ros/messages.js';
import type { GoalHandlers, ServedGoal } from './action-server.js';
import { type GoalPoint, goalPoints, goalProblem, sampleGoal, tolerances } from './goal-trajectory.js';
import { milliseconds, timeMessage } from './stamp.js';

type Goal = ServedGoal<'control_msgs/action/FollowJointTrajectory'>;

/** Results of control_msgs/action/FollowJointTrajectory. */
const RESULT = {
  successful: 0,
  invalidGoal: -1,
  pathToleranceViolated: -4,
  goalToleranceViolated: -5,
} as const;
const FEEDBACK_PERIOD_MS = 50;
/** joint_trajectory_controller's `stopped_velocity_tolerance`, rad/s: a faster joint has not arrived. */
const STOPPED_VELOCITY = 0.01;

export interface MeasuredArm {
  readonly jointNames: readonly string[];
  /** rad */
  joints(): readonly number[];
  /** rad/s */
  jointVelocities(): readonly number[];
}

interface Motion {
  readonly goal: Goal;
  readonly points: readonly GoalPoint[];
  readonly endMs: number;
  readonly pathTolerance: readonly number[];
  readonly goalTolerance: readonly number[];
  readonly goalVelocity: readonly number[];
  /** 0 waits for ever. */
  readonly goalTimeMs: number;
}

/**
 * What ros2_control's joint_trajectory_controller does with goals, for one arm: a new goal takes the place of the old
 * one, which is aborted; before its first point the arm goes there from its present command; tolerances of 0 are none;
 * a goal that is cancelled or aborted leaves the arm holding where it was measured.
 */
export class TrajectoryController implements GoalHandlers<'control_msgs/action/FollowJointTrajectory'> {
  readonly #arm: MeasuredArm;
  readonly #nowMs: () => number;
  #command: JointReference;
  #motion: Motion | undefined;
  #feedbackDueMs = 0;

  /** @param nowMs ROS time, milliseconds */
  constructor(arm: MeasuredArm, nowMs: () => number) {
    this.#arm = arm;
    this.#nowMs = nowMs;
    this.#command = rest(arm.joints());
  }

  refuses(goal: FollowJointTrajectoryGoal): string | undefined {
    return goalProblem(goal, this.#arm.jointNames, this.#nowMs());
  }

  start(goal: Goal): void {
    this.#end('aborted', RESULT.invalidGoal, 'Current goal cancelled due to new incoming action.');
    const { jointNames } = this.#arm;
    const { path_tolerance, goal_tolerance, goal_time_tolerance } = goal.request;
    const nowMs = this.#nowMs();
    const points = goalPoints(goal.request, jointNames, nowMs);
    const [first, last] = [points[0], points.at(-1)] as [GoalPoint, GoalPoint];
    this.#motion = {
      goal,
      points: first.atMs > nowMs ? [{ atMs: nowMs, ...this.#command }, ...points] : points,
      endMs: last.atMs,
      pathTolerance: tolerances(path_tolerance, jointNames, 'position', 0),
      goalTolerance: tolerances(goal_tolerance, jointNames, 'position', 0),
      goalVelocity: tolerances(goal_tolerance, jointNames, 'velocity', STOPPED_VELOCITY),
      goalTimeMs: milliseconds(goal_time_tolerance),
    };
  }

  cancel(goal: Goal): boolean {
    if (this.#motion?.goal !== goal) return false;
    this.#end('canceled', RESULT.successful, 'Current goal cancelled by its client.');
    this.hold();
    return true;
  }

  /** Ends the goal and holds the arm where it is. */
  hold(): void {
    this.#end('aborted', RESULT.invalidGoal, 'The controller holds the arm.');
    this.#command = rest(this.#arm.joints());
  }

  /** What the servos are to do at an instant: to be asked before each step of the physics, in order. */
  update(atMs: number): JointReference {
    const motion = this.#motion;
    if (motion === undefined) return this.#command;
    this.#command = sampleGoal(motion.points, Math.max(atMs, motion.points[0]?.atMs ?? 0));
    const { positions, velocities } = this.#command;
    const measured = this.#arm.joints();
    const measuredVelocities = this.#arm.jointVelocities();
    const error = measured.map((angle, joint) => (positions[joint] ?? 0) - angle);
    const slip = measuredVelocities.map((velocity, joint) => (velocities[joint] ?? 0) - velocity);
    if (atMs < motion.endMs) {
      const joint = outside(error, motion.pathTolerance);
      if (joint !== undefined) this.#fail(RESULT.pathToleranceViolated, 'path', joint, error);
      else this.#feedback(motion, atMs, measured, measuredVelocities, error);
      return this.#command;
    }
    const far = outside(error, motion.goalTolerance) ?? outside(slip, motion.goalVelocity);
    if (far === undefined) this.#end('succeeded', RESULT.successful, 'Goal successfully reached!');
    else if (motion.goalTimeMs > 0 && atMs - motion.endMs > motion.goalTimeMs)
      this.#fail(RESULT.goalToleranceViolated, 'goal', far, error);
    return this.#command;
  }

  #fail(code: number, which: string, joint: number, error: readonly number[]): void {
    const off = (error[joint] ?? 0).toFixed(4);
    const text = `Aborted due to ${which} tolerance violation: ${this.#arm.jointNames[joint]} is off by ${off} rad`;
    this.#end('aborted', code, text);
    this.#command = rest(this.#arm.joints());
  }

  #end(how: 'succeeded' | 'canceled' | 'aborted', code: number, text: string): void {
    this.#motion?.goal.end(how, { error_code: code, error_string: text });
    this.#motion = undefined;
  }

  #feedback(
    { goal }: Motion,
    atMs: number,
    positions: readonly number[],
    velocities: readonly number[],
    error: readonly number[],
  ): void {
    if (atMs < this.#feedbackDueMs && this.#feedbackDueMs - atMs <= FEEDBACK_PERIOD_MS) return;
    this.#feedbackDueMs = atMs + FEEDBACK_PERIOD_MS;
    const point = (state: { positions: readonly number[]; velocities: readonly number[] }) => ({
      positions: [...state.positions],
      velocities: [...state.velocities],
      accelerations: [],
      effort: [],
      time_from_start: { sec: 0, nanosec: 0 },
    });
    goal.feedback({
      header: { stamp: timeMessage(atMs), frame_id: '' },
      joint_names: [...this.#arm.jointNames],
      desired: point(this.#command),
      actual: point({ positions, velocities }),
      error: point({ positions: error, velocities: error.map(() => 0) }),
    });
  }
}

function rest(positions: readonly number[]): JointReference {
  const zeros = positions.map(() => 0);
  return { positions: [...positions], velocities: zeros, accelerations: zeros };
}

/** The first joint whose error exceeds its tolerance, if it has one. */
function outside(error: readonly number[], tolerance: readonly number[]): number | undefined {
  const joint = error.findIndex((value, index) => {
    const allowed = tolerance[index] ?? 0;
    return allowed > 0 && Math.abs(value) > allowed;
  });
  return joint < 0 ? undefined : joint;
}
