import { setTimeout as sleep } from 'node:timers/promises';
import { type Finding, fail, ok } from '../../doctor/finding.js';
import { VLAError } from '../../errors.js';
import { loadBundle } from '../../policy/bundle.js';
import { bundleLimits } from '../../safety/limits/bundle-limits.js';
import {
  declareVLAParameters,
  type ParameterValues,
  type VLAParameterSet,
} from '../node/vla-parameter-set.js';
import { RELIABLE } from '../qos.js';
import type { RosNode } from '../ros-node.js';
import { cameraFindings } from './camera-findings.js';
import { actionFindings, canRequire, controllerFindings } from './controller-findings.js';
import { jointFindings } from './joint-findings.js';
import { timeFindings } from './time-findings.js';
import { publisherFindings } from './topic-findings.js';

export interface RosDoctorOptions {
  /** Those that the VLA node would get; its command line has the last word. */
  readonly parameters?: ParameterValues;
  /** How long other nodes have to be discovered. Default 1500. */
  readonly discoverMs?: number;
  /** How long topics are listened to. Default 2000. */
  readonly listenMs?: number;
  /** Whether rclnodejs has JavaScript for an interface. Default: asks rclnodejs. */
  readonly hasInterface?: (name: string) => boolean;
}

/**
 * Looks at the graph as the VLA node would see it: topics with type, QoS, rate, contents and stamps, action servers and
 * controllers, time. Takes little more than `discoverMs + listenMs`, and moves nothing.
 *
 * @param node with the remappings and parameters that the VLA node would have; it gets that node's parameters
 * @throws VLAError INVALID_ARGUMENT for parameters that the VLA node would refuse
 */
export async function rosDoctor(node: RosNode, options: RosDoctorOptions = {}): Promise<Finding[]> {
  const { discoverMs = 1500, listenMs = 2000, hasInterface = canRequire(node.rcl) } = options;
  const parameters = declareVLAParameters(node, options.parameters ?? {}, () => false);
  await sleep(discoverMs);
  const policy = await policyFindings(parameters);
  const found = await Promise.all([
    survive('middleware', () => [ok('middleware', node.raw.getRMWImplementationIdentifier())]),
    survive('time', () => timeFindings(node)),
    policy.findings,
    survive('camera', () =>
      cameraFindings(
        node,
        'camera/image_raw',
        {
          compressed: parameters.get('image_transport') === 'compressed',
          max16bit: parameters.get('image_16bit_max'),
          maxAgeMs: parameters.get('max_image_age') * 1000,
        },
        listenMs,
      ),
    ),
    survive('joint_states', () =>
      jointFindings(
        node,
        'joint_states',
        { jointNames: policy.jointNames, maxAgeMs: parameters.get('max_joint_age') * 1000 },
        listenMs,
      ),
    ),
    survive('instruction', () => instructionFindings(node)),
    survive('actions', () =>
      actionFindings(node, {
        trajectory: parameters.get('trajectory_action'),
        gripper: parameters.get('gripper_action'),
      }),
    ),
    survive('controllers', () => controllerFindings(node, hasInterface, listenMs)),
  ]);
  return found.flat();
}

/** One part that fails must not hide what the others found. */
async function survive(
  topic: string,
  look: () => readonly Finding[] | Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof VLAError) return [fail(topic, error.message, error.hint)];
    return [fail(topic, `could not be looked at: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

interface PolicyFindings {
  readonly findings: readonly Finding[];
  readonly jointNames: readonly string[] | undefined;
}

async function policyFindings(parameters: VLAParameterSet): Promise<PolicyFindings> {
  const named = parameters.get('joint_names');
  const robotNames = named.length > 0 ? named : undefined;
  const directory = parameters.get('bundle');
  if (directory === '') return { findings: [], jointNames: robotNames };
  let jointNames = robotNames;
  const findings = await survive('bundle', async () => {
    const { manifest } = await loadBundle(directory);
    const policyNames = bundleLimits(manifest).jointNames;
    jointNames ??= policyNames;
    if (jointNames.length === policyNames.length)
      return [ok('bundle', `${manifest.id} moves ${policyNames.join(', ')}`)];
    return [
      fail(
        'bundle',
        `${manifest.id} moves ${policyNames.length} joints (${policyNames.join(', ')}), joint_names has ${jointNames.length}`,
        "List the robot's joints in the policy's order in joint_names.",
      ),
    ];
  });
  return { findings, jointNames };
}

function instructionFindings(node: RosNode): Finding[] {
  const name = 'vla/instruction';
  const topic = node.resolveTopic(name);
  if (node.raw.countPublishers(topic) > 0)
    return publisherFindings(node, { name, type: 'std_msgs/msg/String', qos: RELIABLE });
  return [
    ok(
      topic,
      'nobody publishes an instruction yet',
      `ros2 topic pub --once ${topic} std_msgs/msg/String "{data: 'pick up the red block'}"`,
    ),
  ];
}
