import { SENSOR } from '../qos.js';
import type { RosNode } from '../ros-node.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { listen } from './listen.js';
import { stampFindings } from './stamp-findings.js';
import { publisherFindings } from './topic-findings.js';

const TYPE = 'sensor_msgs/msg/JointState';
/** Default of the guards, milliseconds. */
const MAX_JOINT_AGE_MS = 100;
/** Below it every other state is half as old as the guards allow. */
const SLOW_HZ = 20;

/** @param jointNames those that the policy commands, by the robot's names; undefined: not known */
export async function jointFindings(
  node: RosNode,
  name: string,
  jointNames: readonly string[] | undefined,
  listenMs: number,
): Promise<Finding[]> {
  const topic = node.resolveTopic(name);
  const findings = publisherFindings(node, { name, types: [TYPE], qos: SENSOR });
  if (!node.raw.getPublishersInfoByTopic(topic).some(({ topic_type }) => topic_type === TYPE))
    return findings;
  const names = new Set<string>();
  const heard = await listen(
    node,
    TYPE,
    topic,
    (message) => {
      for (const joint of message.name) names.add(joint);
      return message.header.stamp;
    },
    listenMs,
  );
  if (heard.last === undefined)
    return [
      ...findings,
      fail(topic, 'it has a publisher, and nothing arrives', 'Is joint_state_broadcaster active?'),
    ];
  const rate = `${heard.rateHz.toFixed(1)} messages/s`;
  findings.push(
    heard.rateHz < SLOW_HZ
      ? warn(topic, `only ${rate}: states older than ${MAX_JOINT_AGE_MS} ms are refused`)
      : ok(topic, rate),
    nameFinding(topic, [...names], jointNames),
    ...stampFindings(topic, heard, MAX_JOINT_AGE_MS),
  );
  return findings;
}

function nameFinding(topic: string, seen: readonly string[], wanted: readonly string[] | undefined): Finding {
  const list = `joints ${seen.join(', ')}`;
  const missing = (wanted ?? []).filter((joint) => !seen.includes(joint));
  if (missing.length === 0)
    return ok(topic, wanted === undefined ? list : `${list}: all that the policy moves`);
  return fail(
    topic,
    `no joint is called ${missing.join(', ')}, which the policy moves; there are ${seen.join(', ')}`,
    "List the robot's joints in the policy's order: --ros-args -p joint_names:='[…]'",
  );
}
