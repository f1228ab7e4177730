import type { ActionChunk } from '../../action/action-chunk.js';
import type { ChunkSpan, SchedulerOutcome } from '../../action/scheduler-outcome.js';
import { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import { VLAError } from '../../errors.js';
import type { Robot } from '../../robot/robot.js';
import { pickSucceeds } from '../../robot/success-condition.js';
import type { SafeVLAExecutor } from '../../safety/safe-vla-executor.js';
import type { Watchdog } from '../../safety/watchdog/watchdog.js';
import { JointStateStore } from '../robot/joint-state-store.js';
import { RosCamera } from '../robot/ros-camera.js';
import { RosRobot } from '../robot/ros-robot.js';
import { RosTime } from '../robot/ros-time.js';
import type { RosNode } from '../ros-node.js';
import { CleanupStack } from './cleanup-stack.js';
import { heldFor } from './held-success.js';
import { ObserveLoop } from './observe-loop.js';
import { openExecutor } from './open-executor.js';
import { PacedCamera } from './paced-camera.js';
import { PolicyRobot } from './policy-robot.js';
import { PublishingInferrer } from './publishing-inferrer.js';
import { stateVectorOf } from './state-vector.js';
import type { Task, TaskFollower } from './task.js';
import { TaskRunner } from './task-runner.js';
import type { VLAParameterSet } from './vla-parameter-set.js';

/** Longest wait of an inference, its wait for a new frame left out, milliseconds. */
const INFERENCE_TIMEOUT_MS = 2000;

/** Who is told what happens. */
export interface PolicyStackListeners {
  readonly onChunk: (chunk: ActionChunk, time: RosTime, jointNames: readonly string[]) => void;
  readonly onSpan: (span: ChunkSpan) => void;
  readonly onInferenceError: (error: VLAError) => void;
  readonly onTask: (task: Task) => void;
  readonly onRetry: (outcome: SchedulerOutcome) => void;
  readonly onRun: (instruction: string, outcome: SchedulerOutcome) => void;
}

/** What the node has while it is configured: the same parts as without ROS, on a robot that is reached through it. */
export interface PolicyStack extends AsyncDisposable {
  readonly engine: JetsonVLAEngine;
  readonly follower: TaskFollower;
  readonly time: RosTime;
  readonly camera: RosCamera;
  readonly joints: JointStateStore | undefined;
  /** Absent when the node only publishes what the policy wants. */
  readonly motion:
    | {
        readonly robot: Robot;
        readonly executor: SafeVLAExecutor;
        readonly watchdog: Watchdog | undefined;
      }
    | undefined;
}

/**
 * Loads the bundle and the limits, and reaches the robot.
 *
 * @throws VLAError whatever is wrong with bundle, limits, model files or parameters; ROS_TIMEOUT when the robot's joint
 *   states or its trajectory controller are not there. Nothing is left behind then.
 */
export async function openPolicyStack(
  node: RosNode,
  parameters: VLAParameterSet,
  listeners: PolicyStackListeners,
  rclnodejs: string | undefined,
): Promise<PolicyStack> {
  const cleanup = new CleanupStack();
  try {
    return await open({ node, parameters, listeners, rclnodejs, cleanup });
  } catch (error) {
    await cleanup.dispose().catch(() => {});
    throw error;
  }
}

interface Surroundings {
  readonly node: RosNode;
  readonly parameters: VLAParameterSet;
  readonly listeners: PolicyStackListeners;
  readonly rclnodejs: string | undefined;
  readonly cleanup: CleanupStack;
}

interface Parts extends Surroundings {
  readonly engine: JetsonVLAEngine;
  readonly jointNames: readonly string[];
}

async function open(surroundings: Surroundings): Promise<PolicyStack> {
  const { node, parameters, cleanup } = surroundings;
  const engine = await openEngine(node, parameters);
  cleanup.add(() => engine.dispose());
  const jointNames = robotJoints(parameters, engine);
  const stateVector = stateVectorOf(engine.policy.manifest, engine.jointNames);
  const parts = { ...surroundings, engine, jointNames };
  const stack = parameters.get('execute') ? await moving(parts, stateVector) : observing(parts, stateVector);
  return { engine, ...stack, [Symbol.asyncDispose]: () => cleanup.dispose() };
}

/** The robot's own names of the policy's joints, in the policy's order. */
function robotJoints(parameters: VLAParameterSet, { jointNames }: JetsonVLAEngine): readonly string[] {
  const named = parameters.get('joint_names');
  if (named.length === 0) return jointNames;
  if (named.length === jointNames.length) return named;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `the parameter joint_names must name the ${jointNames.length} joints of the policy (${jointNames.join(', ')}), got ${named.length} (${named.join(', ')})`,
    { hint: "List the robot's joints in the policy's order." },
  );
}

type Rest = Omit<PolicyStack, 'engine' | typeof Symbol.asyncDispose>;

async function openEngine(node: RosNode, parameters: VLAParameterSet): Promise<JetsonVLAEngine> {
  const bundle = parameters.get('bundle');
  if (bundle === '')
    throw new VLAError('INVALID_ARGUMENT', 'the parameter bundle is empty', {
      hint: 'Give the directory of a policy: --ros-args -p bundle:=/path/to/policy',
    });
  const engine = await JetsonVLAEngine.load(bundle, {
    queuePolicy: 'latest',
    onWarning: (text) => node.log.warn(text),
  });
  const { cameras } = engine.policy.manifest.inputs;
  if (cameras.length === 1) return engine;
  await engine.dispose();
  throw new VLAError('UNSUPPORTED_POLICY', `the node has one camera, the policy takes ${cameras.length}`, {
    hint: 'Use JetsonVLAEngine and RosCamera of the library for several cameras.',
  });
}

async function moving(parts: Parts, stateVector: ReturnType<typeof stateVectorOf>): Promise<Rest> {
  const { node, parameters, listeners, cleanup, engine, jointNames } = parts;
  const gripperAction = parameters.get('gripper_action');
  const gripperJoint = parameters.get('gripper_joint');
  const rosRobot = await RosRobot.connect(node, {
    jointNames,
    useSimTime: useSimTime(node),
    compressed: parameters.get('image_transport') === 'compressed',
    max16bit: parameters.get('image_16bit_max'),
    trajectoryAction: parameters.get('trajectory_action'),
    gripper:
      gripperAction === ''
        ? false
        : {
            action: gripperAction,
            openPosition: parameters.get('gripper_open_position'),
            closedPosition: parameters.get('gripper_closed_position'),
            maxEffort: parameters.get('gripper_max_effort'),
            ...(gripperJoint !== '' && { jointName: gripperJoint }),
          },
    pathTolerance: parameters.get('path_tolerance'),
    goalTolerance: parameters.get('goal_tolerance'),
    goalTimeToleranceMs: parameters.get('goal_time_tolerance') * 1000,
    serverTimeoutMs: parameters.get('server_timeout') * 1000,
  });
  cleanup.add(() => rosRobot[Symbol.asyncDispose]());
  const rateHz = () => parameters.get('inference_rate_hz');
  const timer = parameters.get('control_mode') === 'timer';
  const camera = timer ? new PacedCamera(rosRobot.camera, rosRobot.clock, rateHz) : rosRobot.camera;
  const robot = new PolicyRobot(rosRobot, engine.jointNames, camera);
  const { executor, watchdog } = await openExecutor({ ...parts, robot });
  const inferrer = new PublishingInferrer(engine, (chunk) =>
    listeners.onChunk(chunk, rosRobot.time, jointNames),
  );
  const held = () => heldFor(pickSucceeds, () => parameters.get('success_hold'));
  let picked = held();
  const follower = new TaskRunner(inferrer, robot, executor, {
    scheduler: {
      rateHz: parameters.get('control_rate_hz'),
      merge: parameters.get('merge'),
      // With a camera that looks once per period, asking always is asking once per period.
      ...(timer && { trigger: { threshold: 1 } }),
      inferenceTimeoutMs: INFERENCE_TIMEOUT_MS + (timer ? 1000 / rateHz() : 0),
      ...(stateVector && { stateVector }),
      successCondition: async (instruction, judged) =>
        parameters.get('success_condition') === 'pick' && (await picked(instruction, judged)),
      onChunk: listeners.onSpan,
      onInferenceError: listeners.onInferenceError,
    },
    timeLimitS: () => parameters.get('time_limit'),
    giveUpAfterS: parameters.get('give_up_after'),
    onChange: (task) => {
      // What the gripper still holds of an earlier task counts anew.
      if (task.state === 'running') picked = held();
      listeners.onTask(task);
    },
    onRetry: listeners.onRetry,
    onRun: listeners.onRun,
  });
  return {
    follower,
    time: rosRobot.time,
    camera: rosRobot.camera,
    joints: rosRobot.joints,
    motion: { robot, executor, watchdog },
  };
}

function observing(
  { node, parameters, listeners, cleanup, engine, jointNames }: Parts,
  stateVector: ReturnType<typeof stateVectorOf>,
): Rest {
  const time = new RosTime(node, { useSimTime: useSimTime(node) });
  const camera = new RosCamera(node, time, {
    topic: 'camera/image_raw',
    compressed: parameters.get('image_transport') === 'compressed',
    max16bit: parameters.get('image_16bit_max'),
  });
  cleanup.add(() => camera.dispose());
  const joints = stateVector && new JointStateStore(node, time, { topic: 'joint_states', jointNames });
  if (joints !== undefined) cleanup.add(() => joints.dispose());
  const inferrer = new PublishingInferrer(engine, (chunk) => listeners.onChunk(chunk, time, jointNames));
  const follower = new ObserveLoop(inferrer, {
    clock: time.clock,
    camera,
    jointState: joints && (() => joints.read()),
    stateVector: stateVector ?? (() => undefined),
    rateHz: () => parameters.get('inference_rate_hz'),
    timeoutMs: INFERENCE_TIMEOUT_MS,
    onChange: listeners.onTask,
    onError: listeners.onInferenceError,
  });
  cleanup.add(() => follower.stop());
  return { follower, time, camera, joints, motion: undefined };
}

function useSimTime(node: RosNode): boolean {
  return node.raw.hasParameter('use_sim_time') && node.raw.getParameter('use_sim_time').value === true;
}
