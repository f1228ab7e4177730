/**
 * The watchdog's way to a ROS 2 robot: a node of its own in the watchdog's process, which cancels all goals of the
 * action servers when the process that sent them no longer can. Plain JavaScript because Node itself loads it there.
 *
 * @import { Rcl, RclClient } from './rcl.js'
 */

/**
 * @typedef {object} StopMotionConfig
 * @property {string} trajectoryAction of type FollowJointTrajectory, as the bridge's node names it
 * @property {string} [gripperAction] none when left out or empty
 * @property {string} [namespace] of the bridge's node
 * @property {number} [domainId] of the bridge's node; default: the environment's ROS_DOMAIN_ID
 * @property {readonly string[]} [args] of the bridge's node: `--ros-args` with remappings
 * @property {string} rclnodejs URL or path of the module's entry, already resolved
 * @property {number} [answerTimeoutMs] for each answer of a server; default 1000
 * @property {number} [connectTimeoutMs] for the servers to appear; default 5000
 */

/** @typedef {{ readonly action: string, readonly client: RclClient }} Server */

const CANCEL = 'action_msgs/srv/CancelGoal';
/** An all-zero id with an all-zero stamp. */
const EVERY_GOAL = { goal_info: { goal_id: { uuid: new Uint8Array(16) }, stamp: { sec: 0, nanosec: 0 } } };
const REJECTED = 1;

/** @type {readonly Server[]} */
let servers = [];

/**
 * Joins the graph, and resolves once the servers are there: a stop that would not arrive is worse than none that is
 * known to be missing.
 *
 * @param {StopMotionConfig} config
 */
export async function connect(config) {
  const { trajectoryAction, gripperAction = '', connectTimeoutMs = 5000 } = config;
  const { namespace = '', domainId, args = [] } = config;
  const rcl = await load(config.rclnodejs);
  const context = new rcl.Context(domainId === undefined ? undefined : BigInt(domainId));
  const name = `jetson_vla_stop_${process.pid}`;
  // The first rule counts: launch files name the bridge's node, and two nodes of one name would share its services.
  await rcl.init(context, ['node', '--ros-args', '-r', `__node:=${name}`, '--', ...args]);
  const node = new rcl.Node(name, namespace, context);
  servers = [trajectoryAction, gripperAction]
    .filter((action) => action !== '')
    // As for the bridge, a remapping names the action and not its services.
    .map((action) => ({ action, service: `${node.resolveTopicName(action)}/_action/cancel_goal` }))
    .map(({ action, service }) => ({ action, client: node.createClient(CANCEL, service) }));
  node.spin(10);
  await Promise.all(
    servers.map(async ({ action, client }) => {
      if (!(await client.waitForService(connectTimeoutMs)))
        throw new Error(`no server of the action ${action} was there within ${connectTimeoutMs} ms`);
    }),
  );
}

/**
 * Cancels every goal, whoever sent it, and resolves once each server has confirmed it.
 *
 * @param {StopMotionConfig} config
 */
export async function stop({ answerTimeoutMs = 1000 }) {
  if (servers.length === 0) throw new Error('not connected');
  // All are asked before any answer is awaited: a gripper that is gone must not hold up the arm.
  const answers = await Promise.allSettled(servers.map((server) => cancelAll(server, answerTimeoutMs)));
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  if (failures.length > 0) throw new Error(failures.map((failure) => failure.message).join('; '));
}

/**
 * @param {Server} server
 * @param {number} timeoutMs
 */
async function cancelAll({ action, client }, timeoutMs) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new AbortController();
  try {
    timer = setTimeout(() => late.abort(), timeoutMs);
    const answer = await client.sendRequestAsync(EVERY_GOAL, { signal: late.signal });
    if (codeOf(answer) === REJECTED) throw new Error('it refuses');
  } catch (error) {
    const why = late.signal.aborted ? `no answer within ${timeoutMs} ms` : text(error);
    throw new Error(`${action} did not confirm the cancellation of its goals: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} entry
 * @returns {Promise<Rcl & { removeSignalHandlers?(): void }>}
 */
async function load(entry) {
  const module = await import(entry);
  const rcl = module.default ?? module;
  // A SIGINT for the whole group would leave the graph before the robot was told.
  rcl.removeSignalHandlers?.();
  return rcl;
}

/** @param {unknown} answer */
function codeOf(answer) {
  return typeof answer === 'object' && answer !== null && 'return_code' in answer
    ? answer.return_code
    : undefined;
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error ? error.message : String(error);
}
