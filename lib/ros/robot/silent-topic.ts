import { VLAError } from '../../errors.js';
import type { TopicType } from '../messages.js';
import type { QosSettings } from '../qos.js';
import { qosMismatch } from '../qos-mismatch.js';
import type { RosNode } from '../ros-node.js';

export interface SilentTopic {
  /** Its full name after remapping. */
  readonly topic: string;
  readonly type: TopicType;
  readonly qos: QosSettings;
  /** What is missing: "no image has come within 1000 ms". */
  readonly missing: string;
}

/** ROS_TIMEOUT for a topic on which nothing comes, with what the graph says about its publishers. */
export function silentTopicError(node: RosNode, { topic, type, qos, missing }: SilentTopic): VLAError {
  const publishers = node.raw.getPublishersInfoByTopic(topic);
  const count = `${publishers.length} publisher${publishers.length === 1 ? '' : 's'}`;
  const error = (reason: string, hint: string) =>
    new VLAError('ROS_TIMEOUT', `${missing} on ${topic}: ${reason}`, { hint });
  if (publishers.length === 0)
    return error(
      'it has no publisher',
      `Is the driver running, with the same ROS_DOMAIN_ID? Is the name right, or to be remapped (--ros-args -r from:=to)? \`jetson-vla ros doctor\` lists the topics.`,
    );
  const ofType = publishers.filter(({ topic_type }) => topic_type === type);
  const other = publishers.find(({ topic_type }) => topic_type !== type);
  if (other !== undefined && ofType.length === 0)
    return error(
      `it has ${count}, of ${other.topic_type}, where ${type} is read`,
      'Read another topic, or tell this node the right kind of image (compressed or not).',
    );
  const reasons = ofType.map((publisher) => qosMismatch(publisher, qos));
  const mismatch = reasons.find((reason) => reason !== undefined);
  if (mismatch !== undefined && reasons.every((reason) => reason !== undefined))
    return error(`it has ${count}, whose QoS does not fit: ${mismatch}`, 'Change the QoS of the publisher.');
  return error(
    `it has ${count}, whose QoS fits`,
    'Does it publish at all (`ros2 topic hz`)? Large images also get lost in small socket buffers (net.core.rmem_max).',
  );
}
