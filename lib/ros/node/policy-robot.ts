import { VLAError } from '../../errors.js';
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
   * @param jointNames of the policy, in the order of the robot's
   * @param camera in place of the robot's own
   * @throws VLAError INVALID_ARGUMENT when there are more or fewer of them than the robot has joints
   */
  constructor(robot: Robot, jointNames: readonly string[], camera: Camera = robot.camera) {
    if (jointNames.length !== robot.jointNames.length)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected the ${jointNames.length} joints of the policy (${jointNames.join(', ')}), ` +
          `got ${robot.jointNames.length} (${robot.jointNames.join(', ')})`,
        { hint: "List the robot's joints in the policy's order in the parameter joint_names." },
      );
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
