import { VLAError } from '../../errors.js';
import type { RosGripperOptions } from './ros-gripper.js';
import { DEFAULT_TOLERANCES, type GoalTolerances } from './trajectory-goal.js';

export interface RosRobotOptions extends GoalTolerances {
  /** The joints of the arm, in the order of the policy. */
  readonly jointNames: readonly string[];
  /** Default `camera/image_raw`. */
  readonly imageTopic?: string;
  /** Whether the image topic holds sensor_msgs/CompressedImage. Default false. */
  readonly compressed?: boolean;
  /** The value of a 16-bit image that becomes white. Default 65535. */
  readonly max16bit?: number;
  /** Default `joint_states`. */
  readonly jointStateTopic?: string;
  /** Of type FollowJointTrajectory. Default `joint_trajectory_controller/follow_joint_trajectory`. */
  readonly trajectoryAction?: string;
  /** `false`, the default, or an action named `''`: none. */
  readonly gripper?: RosGripperOptions | false;
  /** Take times from `/clock`, as in simulation. Default false. */
  readonly useSimTime?: boolean;
  /**
   * A server that answers nothing for so long counts as dead, milliseconds, above 200. Default 1000.
   */
  readonly serverTimeoutMs?: number;
  /** For joint states and action servers to appear, milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
}

export type RosRobotSettings = Required<RosRobotOptions>;

const LEAST_SERVER_TIMEOUT_MS = 200;
const MOST_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws VLAError INVALID_ARGUMENT */
export function rosRobotSettings(options: RosRobotOptions): RosRobotSettings {
  const settings: RosRobotSettings = {
    imageTopic: 'camera/image_raw',
    compressed: false,
    max16bit: 65535,
    jointStateTopic: 'joint_states',
    trajectoryAction: 'joint_trajectory_controller/follow_joint_trajectory',
    gripper: false,
    useSimTime: false,
    ...DEFAULT_TOLERANCES,
    serverTimeoutMs: 1000,
    connectTimeoutMs: 10_000,
    ...options,
  };
  const { jointNames, serverTimeoutMs, gripper } = settings;
  if (jointNames.length === 0 || new Set(jointNames).size < jointNames.length || jointNames.includes(''))
    throw invalid(`jointNames must be the different names of the joints, got [${jointNames.join(', ')}]`);
  for (const name of ['pathTolerance', 'goalTolerance', 'goalTimeToleranceMs', 'connectTimeoutMs'] as const)
    if (!(settings[name] > 0 && settings[name] <= MOST_TIMEOUT_MS))
      throw invalid(`${name} must be above 0, got ${settings[name]}`);
  if (!(serverTimeoutMs > LEAST_SERVER_TIMEOUT_MS && serverTimeoutMs <= MOST_TIMEOUT_MS))
    throw invalid(
      `serverTimeoutMs must be more than ${LEAST_SERVER_TIMEOUT_MS} milliseconds, got ${serverTimeoutMs}`,
    );
  if (gripper !== false && gripper.action !== '') checkGripper(gripper);
  return settings;
}

function checkGripper({ openPosition, closedPosition, maxEffort = 0, ...rest }: RosGripperOptions): void {
  if (!Number.isFinite(openPosition) || !Number.isFinite(closedPosition) || openPosition === closedPosition)
    throw invalid(
      `openPosition and closedPosition of the gripper must be different numbers, got ${openPosition} and ${closedPosition}`,
    );
  if (!(maxEffort >= 0 && maxEffort < Number.POSITIVE_INFINITY))
    throw invalid(`maxEffort of the gripper must be 0 or more, got ${maxEffort}`);
  for (const name of ['gripThreshold', 'motionTimeoutMs'] as const) {
    const value = rest[name];
    if (value !== undefined && !(value > 0 && value <= MOST_TIMEOUT_MS))
      throw invalid(`${name} of the gripper must be above 0, got ${value}`);
  }
}

function invalid(message: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, { hint: 'See docs/ros.md.' });
}
