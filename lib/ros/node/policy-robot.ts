import type { Camera, Clock, Gripper, JointState, Robot } from '../../robot/robot.js';
import type { JointTrajectory } from '../../trajectory/joint-trajectory.js';

/** A robot under the names that the policy has for its joints, which chunks are checked against. */
export class PolicyRobot implements Robot {
  readonly jointNames: readonly string[];
  readonly clock: Clock;
  readonly camera: Camera;
  readonly gripper: Gripper;
  readonly #robot: Robot;

  /**
   * @param jointNames of the policy, as many as the robot has joints and in their order
   * @param camera in place of the robot's own
   */
  constructor(robot: Robot, jointNames: readonly string[], camera: Camera = robot.camera) {
    this.jointNames = jointNames;
    this.clock = robot.clock;
    this.camera = camera;
    this.gripper = robot.gripper;
    this.#robot = robot;
  }

  jointState(): Promise<JointState> {
    return this.#robot.jointState();
  }

  follow(trajectory: JointTrajectory): Promise<void> {
    return this.#robot.follow(trajectory);
  }

  stop(): Promise<void> {
    return this.#robot.stop();
  }
}
