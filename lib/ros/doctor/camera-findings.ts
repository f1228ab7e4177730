import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import { VLAError } from '../../errors.js';
import type { CompressedImageMessage, ImageMessage, Topics } from '../messages.js';
import { SENSOR } from '../qos.js';
import { compressedFrame } from '../robot/compressed-frame.js';
import { imageFrame } from '../robot/image-frame.js';
import type { RosNode } from '../ros-node.js';
import { listen } from './listen.js';
import { stampFindings } from './stamp-findings.js';
import { publisherFindings } from './topic-findings.js';

const RAW = 'sensor_msgs/msg/Image';
const COMPRESSED = 'sensor_msgs/msg/CompressedImage';
/** The node asks for ten actions a second. */
const SLOW_HZ = 9;

export interface CameraExpectations {
  readonly compressed: boolean;
  readonly max16bit: number;
  /** What the guards refuse, milliseconds. */
  readonly maxAgeMs: number;
}

export async function cameraFindings(
  node: RosNode,
  name: string,
  { compressed, max16bit, maxAgeMs }: CameraExpectations,
  listenMs: number,
): Promise<Finding[]> {
  const topic = node.resolveTopic(name);
  const type = compressed ? COMPRESSED : RAW;
  const findings = publisherFindings(node, { name, type, qos: SENSOR });
  const published = node.raw.getPublishersInfoByTopic(topic).map(({ topic_type }) => topic_type);
  if (!published.includes(type)) {
    if (published.includes(compressed ? RAW : COMPRESSED))
      findings.push(
        fail(
          topic,
          `it holds ${compressed ? 'raw' : 'compressed'} images`,
          `--ros-args -p image_transport:=${compressed ? 'raw' : 'compressed'}`,
        ),
      );
    return findings;
  }
  const heardFindings = compressed
    ? await listenTo(node, COMPRESSED, topic, listenMs, maxAgeMs, (message) =>
        describeCompressed(message, max16bit),
      )
    : await listenTo(node, RAW, topic, listenMs, maxAgeMs, async (message) =>
        describeImage(message, max16bit),
      );
  return [...findings, ...heardFindings];
}

async function listenTo<T extends typeof RAW | typeof COMPRESSED>(
  node: RosNode,
  type: T,
  topic: string,
  listenMs: number,
  maxAgeMs: number,
  describe: (message: Topics[T]) => Promise<string>,
): Promise<Finding[]> {
  const heard = await listen(node, type, topic, ({ header }) => header.stamp, listenMs);
  const { last, rateHz } = heard;
  if (last === undefined)
    return [
      fail(
        topic,
        'it has a publisher, and nothing arrives',
        'Does it publish at all (ros2 topic hz)? Large images get lost in small socket buffers: see net.core.rmem_max.',
      ),
    ];
  const rate = `${rateHz.toFixed(1)} images/s`;
  return [
    rateHz < SLOW_HZ ? warn(topic, `only ${rate}: the policy is asked 10 times a second`) : ok(topic, rate),
    await contentFinding(topic, () => describe(last)),
    ...stampFindings(topic, heard, maxAgeMs),
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

function describeImage(message: ImageMessage, max16bit: number): string {
  imageFrame(message, 0, { max16bit });
  return `${message.width}×${message.height} ${message.encoding}`;
}

async function describeCompressed(message: CompressedImageMessage, max16bit: number): Promise<string> {
  const { width, height } = await compressedFrame(message, 0, { max16bit });
  return `${width}×${height}, compressed as "${message.format}", ${message.data.length} bytes`;
}
