import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CameraFrame } from '../../../lib/policy/camera-frame.js';
import type { CompressedImageMessage } from '../../../lib/ros/messages.js';
import { SENSOR } from '../../../lib/ros/qos.js';
import { RosCamera } from '../../../lib/ros/robot/ros-camera.js';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import type { TopicPublisher } from '../../../lib/ros/ros-node.js';
import { newGraph, until } from '../harness.js';

const TYPE = 'sensor_msgs/msg/CompressedImage';

/** A decoder that works for as long as a test wants. */
const decodings = vi.hoisted(() => [] as { readonly mark: number; finish(): void }[]);
vi.mock('../../../lib/ros/robot/compressed-frame.js', () => ({
  compressedFrame: ({ data }: CompressedImageMessage, capturedAt: number) =>
    new Promise<CameraFrame>((resolve) => {
      const frame: CameraFrame = { encoding: 'mono8', width: 1, height: 1, data, capturedAt };
      decodings.push({ mark: data[0] ?? -1, finish: () => resolve(frame) });
    }),
}));

const graph = newGraph();
let eye: RosCamera;
let publisher: TopicPublisher<typeof TYPE>;

beforeEach(async () => {
  decodings.length = 0;
  const node = await graph.node('vla');
  const driver = await graph.node('driver');
  eye = new RosCamera(node, new RosTime(node, { useSimTime: false }), { topic: 'image', compressed: true });
  publisher = driver.advertise(TYPE, 'image', SENSOR);
});
afterEach(() => graph.dispose());

/** Sends images with this mark until one has come. */
async function arrive(mark: number): Promise<void> {
  await until(() => {
    publisher.publish({
      header: { stamp: { sec: mark, nanosec: 0 }, frame_id: '' },
      format: `jpeg ${mark}`,
      data: Uint8Array.of(mark),
    });
    return eye.stats.encoding === `jpeg ${mark}`;
  });
}

describe('decoding', () => {
  it('is not done for images that nobody wants', async () => {
    for (const mark of [1, 2, 3]) await arrive(mark);
    expect(decodings).toHaveLength(0);
    const capture = eye.capture();
    await until(() => decodings.length > 0);
    decodings[0]?.finish();
    expect((await capture).data[0]).toBe(3);
  });

  it('runs once at a time, whatever arrives and however often frames are asked for', async () => {
    await arrive(1);
    const captures = [eye.capture(), eye.capture()];
    await until(() => decodings.length > 0);
    await arrive(2);
    captures.push(eye.capture());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(decodings.map(({ mark }) => mark)).toEqual([1]);

    decodings[0]?.finish();
    const frames = await Promise.all(captures);
    // Each tells the truth about itself: the image of the first message, and when that was taken.
    expect(frames.map(({ data }) => data[0])).toEqual([1, 1, 1]);

    const next = eye.capture();
    await until(() => decodings.length > 1);
    decodings[1]?.finish();
    const newer = await next;
    expect(newer.data[0]).toBe(2);
    expect((newer.capturedAt ?? 0) - (frames[0]?.capturedAt ?? 0)).toBeGreaterThan(900);
    expect(await eye.capture()).toBe(newer);
    expect(decodings).toHaveLength(2);
  });
});
