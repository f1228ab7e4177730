import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageMessage } from '../../../lib/ros/messages.js';
import { SENSOR } from '../../../lib/ros/qos.js';
import { readImage } from '../../../lib/ros/robot/image-cdr.js';
import type { RosNode, TopicPublisher } from '../../../lib/ros/ros-node.js';
import { errorOf } from '../../policy/error-of.js';
import { newGraph, onRealRos, type TestGraph, until } from '../harness.js';

let graph: TestGraph;
let camera: TopicPublisher<'sensor_msgs/msg/Image'>;
let reader: RosNode;
const received: Uint8Array[] = [];
beforeAll(async () => {
  graph = newGraph();
  camera = (await graph.node('camera')).advertise('sensor_msgs/msg/Image', 'image', SENSOR);
  reader = await graph.node('reader');
  reader.subscribeCdr('sensor_msgs/msg/Image', 'image', SENSOR, (cdr) => received.push(cdr));
});
afterAll(() => graph.dispose());

/** The bytes of a message, as whoever carries it wrote them. */
async function bytesOf(message: ImageMessage): Promise<Uint8Array> {
  received.length = 0;
  await until(() => {
    camera.publish(message);
    return received.length > 0;
  });
  return received[0] ?? new Uint8Array();
}

const image = fc.record({
  header: fc.record({
    stamp: fc.record({
      sec: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      nanosec: fc.integer({ min: 0, max: 999_999_999 }),
    }),
    // Of any length: what follows is aligned by it.
    frame_id: fc.string({ unit: 'grapheme-ascii', maxLength: 9 }),
  }),
  height: fc.nat(4000),
  width: fc.nat(4000),
  encoding: fc.constantFrom('rgb8', 'bgr8', '16UC1', 'yuv422_yuy2', ''),
  is_bigendian: fc.nat(1),
  step: fc.nat(12_000),
  data: fc.uint8Array({ maxLength: 5000 }),
});

it('an image is read as it was sent, whatever stands before its pixels', async () => {
  const law = fc.asyncProperty(image, async (sent) => {
    expect(readImage(await bytesOf(sent))).toEqual({ ...sent, data: expect.anything() });
    expect(Buffer.compare(readImage(await bytesOf(sent)).data, sent.data)).toBe(0);
  });
  await fc.assert(law, { numRuns: onRealRos ? 20 : 100 });
});

it('its pixels are not copied', async () => {
  const cdr = await bytesOf({ ...fc.sample(image, 1)[0], data: Uint8Array.of(1, 2, 3) } as ImageMessage);
  expect(readImage(cdr).data.buffer).toBe(cdr.buffer);
});

it('bytes that end anywhere before the last pixel are no image', async () => {
  const [any] = fc.sample(image, 1);
  const cdr = await bytesOf({ ...any, data: Uint8Array.of(1, 2, 3) } as ImageMessage);
  const end = readImage(cdr).data.byteOffset + 3 - cdr.byteOffset;
  for (let length = 0; length < end; length++)
    expect(errorOf(() => readImage(cdr.subarray(0, length))).code).toBe('INVALID_IMAGE');
  expect(errorOf(() => readImage(Uint8Array.of(0, 9, 0, 0, ...cdr.subarray(4)))).code).toBe('INVALID_IMAGE');
});
