import type { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import { VLAError } from '../../errors.js';
import type { Robot } from '../../robot/robot.js';
import type { AllowedPair } from '../../safety/collision/mujoco/collision-pairs.js';
import { MujocoCollisionModel } from '../../safety/collision/mujoco-model.js';
import type { WorkspaceBox } from '../../safety/collision/workspace.js';
import { SafeVLAExecutor } from '../../safety/safe-vla-executor.js';
import { Watchdog } from '../../safety/watchdog/watchdog.js';
import type { RosNode } from '../ros-node.js';
import type { CleanupStack } from './cleanup-stack.js';
import { openLimits } from './open-limits.js';
import type { VLAParameterSet } from './vla-parameter-set.js';

/**
 * What a goal may take to its controller: one that arrives after its start would make the arm catch up. Sending takes 7 ms
 * on an idle machine and 20 ms on a busy one.
 */
const GOAL_MS = 50;

interface ExecutorParts {
  readonly node: RosNode;
  readonly parameters: VLAParameterSet;
  readonly cleanup: CleanupStack;
  readonly engine: JetsonVLAEngine;
  readonly robot: Robot;
  /** The robot's own names, in the policy's order. */
  readonly jointNames: readonly string[];
  /** Path of rclnodejs, for the watchdog's own connection. */
  readonly rclnodejs: string | undefined;
}

/** The safe side of the robot as the parameters ask for it, with the watchdog beside it. */
export async function openExecutor({
  node,
  parameters,
  cleanup,
  engine,
  robot,
  jointNames,
  rclnodejs,
}: ExecutorParts): Promise<{ executor: SafeVLAExecutor; watchdog: Watchdog | undefined }> {
  const limits = await openLimits(node, parameters, engine, jointNames);
  const model = await openCollision(parameters, jointNames);
  if (model !== undefined) cleanup.add(() => model.dispose());
  const workspace = workspaceBox(parameters.get('workspace'));
  if (workspace !== undefined && model === undefined)
    throw new VLAError('INVALID_ARGUMENT', 'the parameter workspace needs a collision_model, got none', {
      hint: 'Without a model of the arm nobody knows where its tool is: give its MJCF, or leave workspace empty.',
    });
  const watchdog = parameters.get('watchdog') ? await openWatchdog(node, parameters, rclnodejs) : undefined;
  if (watchdog !== undefined) cleanup.add(() => watchdog.dispose());
  if (model === undefined)
    node.log.warn('no collision_model is given: neither collisions nor the speed of the tool are checked');
  const tcpSpeed = parameters.get('max_tcp_speed');
  const audit = parameters.get('audit');
  const executor = new SafeVLAExecutor(robot, {
    limits,
    ...(model && {
      collision: model,
      kinematics: model,
      environmentMargin: parameters.get('environment_margin'),
      selfMargin: parameters.get('self_margin'),
      maxTcpSpeed: tcpSpeed === 0 ? false : tcpSpeed,
    }),
    ...(workspace && { workspace }),
    motionFactor: parameters.get('motion_factor'),
    maxImageAgeMs: parameters.get('max_image_age') * 1000,
    maxJointAgeMs: parameters.get('max_joint_age') * 1000,
    pathTolerance: parameters.get('path_tolerance'),
    goalTolerance: parameters.get('goal_tolerance'),
    startDelayMs: GOAL_MS,
    leadMs: GOAL_MS,
    // The robot's own words about a server that is silent come first.
    robotTimeoutMs: parameters.get('server_timeout') * 1000 + 500,
    ...(watchdog && { watchdog }),
    ...(audit !== '' && { audit: audit === 'off' ? false : audit }),
    onWarning: (text) => node.log.warn(text),
  });
  cleanup.add(() => executor.dispose());
  return { executor, watchdog };
}

async function openCollision(
  parameters: VLAParameterSet,
  jointNames: readonly string[],
): Promise<MujocoCollisionModel | undefined> {
  const mjcf = parameters.get('collision_model');
  if (mjcf === '') return undefined;
  const points = parameters.get('collision_points');
  if (points.length === 0)
    throw new VLAError('INVALID_ARGUMENT', 'a collision_model needs collision_points, got none', {
      hint: 'Name the site or body of the tool centre point in the model, then others that must stay in the workspace.',
    });
  return MujocoCollisionModel.load({
    mjcf,
    jointNames,
    points,
    allowed: parameters.get('collision_allowed').map(allowedPair),
  });
}

function allowedPair(text: string): AllowedPair {
  const [a, b, ...rest] = text.trim().split(/\s+/);
  if (a !== undefined && b !== undefined && rest.length === 0) return [a, b];
  throw new VLAError(
    'INVALID_ARGUMENT',
    `collision_allowed: expected two names with a space between them, got "${text}"`,
  );
}

function workspaceBox(values: readonly number[]): WorkspaceBox | undefined {
  if (values.length === 0) return undefined;
  const [x0, y0, z0, x1, y1, z1] = values;
  if (
    x0 === undefined ||
    y0 === undefined ||
    z0 === undefined ||
    x1 === undefined ||
    y1 === undefined ||
    z1 === undefined ||
    values.length > 6
  )
    throw new VLAError('INVALID_ARGUMENT', `workspace: expected 6 values, got ${values.length}`, {
      hint: 'Give the lower x, y, z and the upper x, y, z, m.',
    });
  return { min: [x0, y0, z0], max: [x1, y1, z1] };
}

async function openWatchdog(
  node: RosNode,
  parameters: VLAParameterSet,
  rclnodejs: string | undefined,
): Promise<Watchdog> {
  if (rclnodejs === undefined)
    throw new VLAError('INVALID_ARGUMENT', 'the watchdog needs to know where rclnodejs is, got no path', {
      hint: 'Pass the option rclnodejs, or set the parameter watchdog to false.',
    });
  return Watchdog.start({
    stop: {
      module: new URL('../stop-motion.js', import.meta.url),
      config: {
        rclnodejs,
        namespace: node.raw.namespace(),
        domainId: node.domainId,
        trajectoryAction: parameters.get('trajectory_action'),
        gripperAction: parameters.get('gripper_action'),
        args: node.args,
      },
    },
    timeoutMs: parameters.get('watchdog_timeout') * 1000,
    onTrip: ({ message }) => node.log.error(message),
    onStop: ({ accepted, message }) =>
      accepted
        ? node.log.warn('the watchdog has told the robot to stop')
        : node.log.fatal(`the watchdog could not stop the robot: ${message}`),
  });
}
