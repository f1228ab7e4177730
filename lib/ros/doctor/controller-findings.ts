import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import type { Rcl } from '../rcl.js';
import type { RosNode } from '../ros-node.js';

const FOLLOW = 'control_msgs/action/FollowJointTrajectory';
const GRIPPERS = ['control_msgs/action/GripperCommand', 'control_msgs/action/ParallelGripperCommand'];
const LIST = 'controller_manager_msgs/srv/ListControllers';

const NO_SERVER = {
  trajectory_action:
    'Start joint_trajectory_controller: ros2 run controller_manager spawner joint_trajectory_controller',
  gripper_action: "Start its controller, or, without a gripper: --ros-args -p gripper_action:=''",
};

export interface ActionNames {
  /** Of the parameter trajectory_action. */
  readonly trajectory: string;
  /** Of the parameter gripper_action; empty: no gripper. */
  readonly gripper: string;
}

/** Whether the actions that the node sends motion to have servers, and which others there are. */
export function actionFindings(node: RosNode, names: ActionNames): Finding[] {
  return [
    ...serverFindings(node, names.trajectory, 'trajectory_action', [FOLLOW]),
    ...(names.gripper === '' ? [] : serverFindings(node, names.gripper, 'gripper_action', GRIPPERS)),
  ];
}

function serverFindings(
  node: RosNode,
  name: string,
  parameter: keyof typeof NO_SERVER,
  types: readonly string[],
): Finding[] {
  const topic = node.resolveTopic(name);
  const served = node
    .actions()
    // A client alone also makes an action appear in the graph.
    .filter((action) => node.raw.countPublishers(`${action.name}/_action/status`) > 0);
  const suited = served.filter((action) => action.types.some((type) => types.includes(type)));
  const wanted = served.find((action) => action.name === topic);
  const others = suited.filter((action) => action.name !== topic).map((action) => action.name);
  const listed = others.map((other) => ok(other, `another server of ${types.join(' or ')}`));
  if (wanted !== undefined && suited.includes(wanted))
    return [ok(topic, `a server of ${wanted.types.join(', ')}`), ...listed];
  const first = others[0];
  const remedy = first === undefined ? NO_SERVER[parameter] : `--ros-args -p ${parameter}:=${first}`;
  const message =
    wanted === undefined
      ? `no server of this action (${types.join(' or ')})`
      : `its server is of ${wanted.types.join(', ')}, the node needs ${types.join(' or ')}`;
  return [fail(topic, message, remedy), ...listed];
}

/**
 * What ros2_control says of its controllers; nothing where there is no controller manager, or where rclnodejs has no
 * JavaScript for its interface.
 */
export async function controllerFindings(
  node: RosNode,
  hasInterface: (name: string) => boolean,
  timeoutMs: number,
): Promise<Finding[]> {
  const managers = node.raw
    .getServiceNamesAndTypes()
    .filter(({ types }) => types.includes(LIST))
    .map(({ name }) => name);
  if (managers.length === 0 || !hasInterface(LIST)) return [];
  return (await Promise.all(managers.map((name) => askManager(node, name, timeoutMs)))).flat();
}

async function askManager(node: RosNode, name: string, timeoutMs: number): Promise<Finding[]> {
  const client = node.raw.createClient(LIST, name);
  try {
    const answer = await client.sendRequestAsync({}, { signal: AbortSignal.timeout(timeoutMs) });
    return controllersIn(answer).map((controller) =>
      controller.state === 'active'
        ? ok(name, `${controller.name} (${controller.type}) is active`)
        : warn(
            name,
            `${controller.name} (${controller.type}) is ${controller.state}`,
            `ros2 control switch_controllers --activate ${controller.name}`,
          ),
    );
  } catch {
    return [warn(name, `it did not answer within ${timeoutMs} ms`, 'Is the controller manager stuck?')];
  } finally {
    node.raw.destroyClient(client);
  }
}

interface Controller {
  readonly name: string;
  readonly type: string;
  readonly state: string;
}

function controllersIn(answer: unknown): readonly Controller[] {
  if (typeof answer !== 'object' || answer === null || !('controller' in answer)) return [];
  return Array.isArray(answer.controller) ? answer.controller.filter(isController) : [];
}

function isController(value: unknown): value is Controller {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'type' in value && 'state' in value
  );
}

/** Where nothing better is known: asks rclnodejs itself, which may take seconds to find that there is none. */
export function canRequire(rcl: Rcl): (name: string) => boolean {
  return (name) => {
    try {
      rcl.require(name);
      return true;
    } catch {
      return false;
    }
  };
}
