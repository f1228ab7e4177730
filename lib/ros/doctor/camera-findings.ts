import { VLAError } from '../../errors.js';
import type { CompressedImageMessage, ImageMessage, Topics } from '../messages.js';
import { SENSOR } from '../qos.js';
import { compressedFrame } from '../robot/compressed-frame.js';
import { imageFrame } from '../robot/image-frame.js';
import type { RosNode } from '../ros-node.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { type Heard, listen } from './listen.js';
import { stampFindings } from './stamp-findings.js';
import { publisherFindings } from './topic-findings.js';

const RAW = 'sensor_msgs/msg/Image';
const COMPRESSED = 'sensor_msgs/msg/CompressedImage';
/** The node asks for ten actions a second. */
const SLOW_HZ = 9;
/** Default of the guards, milliseconds. */
const MAX_IMAGE_AGE_MS = 200;
const DECODE_OPTIONS = { max16bit: 65535 };

/** @param compressed undefined: whichever is published */
export async function cameraFindings(
  node: RosNode,
  name: string,
  compressed: boolean | undefined,
  listenMs: number,
): Promise<Finding[]> {
  const topic = node.resolveTopic(name);
  const types = compressed === undefined ? [RAW, COMPRESSED] : [compressed ? COMPRESSED : RAW];
  const findings = publisherFindings(node, { name, types, qos: SENSOR });
  const published = node.raw.getPublishersInfoByTopic(topic).map(({ topic_type }) => topic_type);
  if (published.includes(RAW) && types.includes(RAW)) {
    const heard = await listen(node, RAW, topic, ({ header }) => header.stamp, listenMs);
    findings.push(...(await heardFindings(topic, heard, describeImage)));
  } else if (published.includes(COMPRESSED) && types.includes(COMPRESSED)) {
    const heard = await listen(node, COMPRESSED, topic, ({ header }) => header.stamp, listenMs);
    findings.push(...(await heardFindings(topic, heard, describeCompressed)));
  }
  return findings;
}

async function heardFindings<T extends typeof RAW | typeof COMPRESSED>(
  topic: string,
  heard: Heard<T>,
  describe: (message: Topics[T]) => Promise<string>,
): Promise<Finding[]> {
  const { last } = heard;
  if (last === undefined)
    return [
      fail(
        topic,
        'it has a publisher, and nothing arrives',
        'Does it publish at all (ros2 topic hz)? Large images get lost in small socket buffers: see net.core.rmem_max.',
      ),
    ];
  const rate = `${heard.rateHz.toFixed(1)} images/s`;
  return [
    heard.rateHz < SLOW_HZ
      ? warn(topic, `only ${rate}: the policy is asked 10 times a second`)
      : ok(topic, rate),
    await contentFinding(topic, () => describe(last)),
    ...stampFindings(topic, heard, MAX_IMAGE_AGE_MS),
  ];
}

async function contentFinding(topic: string, describe: () => Promise<string>): Promise<Finding> {
  try {
    return ok(topic, await describe());
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    return fail(topic, error.message, error.hint);
  }
}

async function describeImage(message: ImageMessage): Promise<string> {
  imageFrame(message, 0, DECODE_OPTIONS);
  return `${message.width}×${message.height} ${message.encoding}`;
}

async function describeCompressed(message: CompressedImageMessage): Promise<string> {
  const { width, height } = await compressedFrame(message, 0, DECODE_OPTIONS);
  return `${width}×${height}, compressed as "${message.format}", ${message.data.length} bytes`;
}
