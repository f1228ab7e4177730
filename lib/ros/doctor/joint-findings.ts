import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import { SENSOR } from '../qos.js';
import type { RosNode } from '../ros-node.js';
import { listen } from './listen.js';
import { stampFindings } from './stamp-findings.js';
import { publisherFindings } from './topic-findings.js';

const TYPE = 'sensor_msgs/msg/JointState';
/** Below it a state or two that get lost already are an old state. */
const SLOW_HZ = 20;

export interface JointExpectations {
  /** Those that the policy moves, by the robot's names; undefined: not known. */
  readonly jointNames: readonly string[] | undefined;
  /** What the guards refuse, milliseconds. */
  readonly maxAgeMs: number;
}

export async function jointFindings(
  node: RosNode,
  name: string,
  { jointNames, maxAgeMs }: JointExpectations,
  listenMs: number,
): Promise<Finding[]> {
  const topic = node.resolveTopic(name);
  const findings = publisherFindings(node, { name, type: TYPE, qos: SENSOR });
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
      ? warn(topic, `only ${rate}: states older than ${maxAgeMs} ms are refused`)
      : ok(topic, rate),
    nameFinding(topic, [...names], jointNames),
    ...stampFindings(topic, heard, maxAgeMs),
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
