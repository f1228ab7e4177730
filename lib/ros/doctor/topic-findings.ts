import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import type { TopicType } from '../messages.js';
import type { QosSettings } from '../qos.js';
import { describeQos, qosMismatch } from '../qos-mismatch.js';
import type { RosNode } from '../ros-node.js';

/** A topic that the node reads. */
export interface ReadTopic {
  /** As the node names it, before remapping. */
  readonly name: string;
  readonly type: TopicType;
  readonly qos: QosSettings;
}

/** Who publishes on a topic, of what type and with which QoS, or which other topics could be meant. */
export function publisherFindings(node: RosNode, { name, type, qos }: ReadTopic): Finding[] {
  const topic = node.resolveTopic(name);
  const publishers = node.raw.getPublishersInfoByTopic(topic);
  if (publishers.length === 0) return [noPublisher(node, name, topic, type)];
  return publishers
    .flatMap((publisher): Finding[] => {
      const who = `${publisher.node_namespace.replace(/\/$/, '')}/${publisher.node_name}`;
      if (publisher.topic_type !== type)
        return [
          fail(
            topic,
            `${who} publishes ${publisher.topic_type}, the node reads ${type}`,
            `Remap another topic to it: --ros-args -r ${name}:=/other`,
          ),
        ];
      const mismatch = qosMismatch(publisher, qos);
      if (mismatch !== undefined)
        return [
          fail(
            topic,
            `nothing from ${who} arrives, because its QoS does not fit: ${mismatch}`,
            'Change the QoS of that publisher.',
          ),
        ];
      return [ok(topic, `${publisher.topic_type} from ${who} (${describeQos(publisher)})`)];
    })
    .concat(
      publishers.length > 1
        ? [warn(topic, `it has ${publishers.length} publishers, whose messages mix`, 'Leave one of them.')]
        : [],
    );
}

function noPublisher(node: RosNode, name: string, topic: string, type: TopicType): Finding {
  const others = node.raw
    .getTopicNamesAndTypes()
    .filter((other) => other.types.includes(type))
    .map((other) => other.name)
    .filter((other) => other !== topic && node.raw.countPublishers(other) > 0);
  const first = others[0];
  return first === undefined
    ? fail(
        topic,
        `nobody publishes it, nor any other ${type}`,
        'Start the driver, with the same ROS_DOMAIN_ID and RMW_IMPLEMENTATION.',
      )
    : fail(
        topic,
        `nobody publishes it; of this type there is ${others.join(', ')}`,
        `--ros-args -r ${name}:=${first}`,
      );
}
