import type { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import type { JointLimits } from '../../safety/joint-limits.js';
import { bundleLimits } from '../../safety/limits/bundle-limits.js';
import { describeLimits } from '../../safety/limits/describe-limits.js';
import type { LimitSource } from '../../safety/limits/limit-source.js';
import { loadJointLimits } from '../../safety/limits/load-limits.js';
import type { RosNode } from '../ros-node.js';
import { robotDescription } from './robot-description.js';
import type { VLAParameterSet } from './vla-parameter-set.js';

const DESCRIPTION_TIMEOUT_MS = 5000;

/**
 * The limits of the robot's joints from the URDF, joint_limits.yaml and the bundle, whichever of them there are, under
 * the policy's names; the log tells where each came from.
 *
 * @param jointNames the robot's, in the policy's order
 * @throws VLAError LIMITS_INVALID, ROS_TIMEOUT when the URDF is to come from a topic and does not
 */
export async function openLimits(
  node: RosNode,
  parameters: VLAParameterSet,
  engine: JetsonVLAEngine,
  jointNames: readonly string[],
): Promise<readonly JointLimits[]> {
  const urdf = parameters.get('urdf');
  const yaml = parameters.get('joint_limits');
  const limits = await loadJointLimits({
    jointNames,
    bundle: renamed(bundleLimits(engine), engine.jointNames, jointNames),
    ...(urdf === 'topic' && { urdfText: await robotDescription(node, DESCRIPTION_TIMEOUT_MS) }),
    ...(urdf !== 'topic' && urdf !== '' && { urdf }),
    ...(yaml !== '' && { jointLimitsYaml: yaml }),
  });
  node.log.info(`joint limits:\n${describeLimits(limits)}`);
  return limits.map((limit, joint) => ({ ...limit, name: engine.jointNames[joint] ?? limit.name }));
}

/** A policy may have other names for the joints than the robot. */
function renamed(source: LimitSource, from: readonly string[], to: readonly string[]): LimitSource {
  const name = (joint: string) => to[from.indexOf(joint)] ?? joint;
  return {
    ...source,
    jointNames: source.jointNames.map(name),
    statements: source.statements.map((statement) => ({ ...statement, joint: name(statement.joint) })),
    units: new Map([...source.units].map(([joint, unit]) => [name(joint), unit])),
  };
}
