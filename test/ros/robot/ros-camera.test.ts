import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompressedImageMessage, Header, ImageMessage } from '../../../lib/ros/messages.js';
import { RELIABLE, SENSOR } from '../../../lib/ros/qos.js';
import { RosCamera, type RosCameraOptions } from '../../../lib/ros/robot/ros-camera.js';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, until } from '../harness.js';

const IMAGE = 'sensor_msgs/msg/Image';
const COMPRESSED = 'sensor_msgs/msg/CompressedImage';

const graph = newGraph();
let node: RosNode;
let driver: RosNode;
let time: RosTime;

beforeEach(async () => {
  node = await graph.node('vla');
  driver = await graph.node('driver');
  time = new RosTime(node, { useSimTime: false });
});
afterEach(() => graph.dispose());

function camera(options: Partial<RosCameraOptions> = {}): RosCamera {
  return new RosCamera(node, time, { topic: 'camera/image_raw', compressed: false, ...options });
}

function header(ageMs = 0): Header {
  const ns = node.now() - BigInt(Math.round(ageMs * 1e6));
  return {
    stamp: { sec: Number(ns / 1_000_000_000n), nanosec: Number(ns % 1_000_000_000n) },
    frame_id: 'camera',
  };
}

function grey(value: number, ageMs = 0): ImageMessage {
  return {
    header: header(ageMs),
    width: 4,
    height: 2,
    encoding: 'mono8',
    is_bigendian: 0,
    step: 4,
    data: new Uint8Array(8).fill(value),
  };
}

async function jpeg(value: number): Promise<CompressedImageMessage> {
  const data = await sharp(Buffer.alloc(4 * 2 * 3, value), { raw: { width: 4, height: 2, channels: 3 } })
    .jpeg()
    .toBuffer();
  return { header: header(), format: 'jpeg', data };
}

/** Sends until one has come through: discovery takes its time, and best effort may lose some. */
async function arrive(eye: RosCamera, publish: () => void): Promise<void> {
  const before = eye.stats.frames;
  await until(() => {
    if (eye.stats.frames === before) publish();
    return eye.stats.frames > before;
  });
}

describe('a camera topic', () => {
  it('gives its newest image, stamped on the clock of the robot', async () => {
    const eye = camera();
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    await arrive(eye, () => publisher.publish(grey(1)));
    await until(async () => {
      publisher.publish(grey(9, 1000));
      return (await eye.capture()).data[0] === 9;
    });
    const frame = await eye.capture();
    expect(frame).toMatchObject({ encoding: 'mono8', width: 4, height: 2, step: 4 });
    const age = time.clock.now() - (frame.capturedAt ?? Number.NaN);
    expect(age).toBeGreaterThanOrEqual(1000);
    expect(age).toBeLessThan(20_000);
  });

  it('is heard from reliable publishers as well', async () => {
    const eye = camera();
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', RELIABLE);
    await arrive(eye, () => publisher.publish(grey(1)));
  });

  it('gives the same frame, with the same stamp, until a newer one has come', async () => {
    const eye = camera();
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    await arrive(eye, () => publisher.publish(grey(1)));
    // What was sent in vain before may still come.
    let first = await eye.capture();
    await until(async () => {
      const again = await eye.capture();
      const same = again === first;
      first = again;
      return same;
    });
    await arrive(eye, () => publisher.publish(grey(2)));
    expect(await eye.capture()).not.toBe(first);
  });

  it('lets a first capture wait for it', async () => {
    const eye = camera({ firstFrameTimeoutMs: 20_000 });
    const capture = eye.capture();
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    await arrive(eye, () => publisher.publish(grey(7)));
    expect((await capture).data[0]).toBe(7);
  });

  it('goes on giving its last image when no more come, for the guards to judge its age', async () => {
    const eye = camera({ firstFrameTimeoutMs: 10 });
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    await arrive(eye, () => publisher.publish(grey(7)));
    publisher.dispose();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await eye.capture()).data[0]).toBe(7);
  });

  it('without a publisher is missed under its full name', async () => {
    const eye = camera({ firstFrameTimeoutMs: 20 });
    await expect(eye.capture()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining(`${graph.namespace}/camera/image_raw: it has no publisher`),
    });
  });

  it('is missed under the name to which it was remapped', async () => {
    const args = ['--ros-args', '-r', 'camera/image_raw:=front/rgb'];
    const remapped = await graph.node('remapped', { args });
    const options = { topic: 'camera/image_raw', compressed: false, firstFrameTimeoutMs: 20 };
    await expect(new RosCamera(remapped, time, options).capture()).rejects.toMatchObject({
      message: expect.stringContaining(`${graph.namespace}/front/rgb`),
    });
  });

  it('of the wrong kind of image is told from a silent one', async () => {
    const eye = camera({ firstFrameTimeoutMs: 20 });
    driver.advertise(COMPRESSED, 'camera/image_raw', SENSOR);
    await until(() => node.raw.countPublishers(eye.stats.topic) > 0);
    await expect(eye.capture()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringMatching(
        /1 publisher, of sensor_msgs\/msg\/CompressedImage, where .*Image is read/,
      ),
      hint: expect.stringContaining('compressed'),
    });
  });

  it('that is silent is told to have a publisher whose QoS fits', async () => {
    const eye = camera({ firstFrameTimeoutMs: 20 });
    driver.advertise(IMAGE, 'camera/image_raw', RELIABLE);
    await until(() => node.raw.countPublishers(eye.stats.topic) > 0);
    await expect(eye.capture()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining('1 publisher, whose QoS fits'),
    });
  });

  it('names itself when its images cannot be read, and recovers with the next', async () => {
    const eye = camera();
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    await arrive(eye, () => publisher.publish({ ...grey(1), encoding: 'bayer_rggb8' }));
    await expect(eye.capture()).rejects.toMatchObject({
      code: 'UNSUPPORTED_ENCODING',
      message: expect.stringContaining('/camera/image_raw: '),
      hint: expect.stringContaining('image_proc'),
    });
    await until(async () => {
      publisher.publish(grey(3));
      return eye.stats.encoding === 'mono8';
    });
    expect((await eye.capture()).data[0]).toBe(3);
  });

  it('turns 16 bits to grey by the white that it was given', async () => {
    const eye = camera({ max16bit: 1000 });
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    const values = new Uint8Array(Uint16Array.of(0, 500, 1000, 5000).buffer);
    await arrive(eye, () =>
      publisher.publish({ ...grey(0), encoding: '16UC1', height: 1, step: 8, data: values }),
    );
    expect([...(await eye.capture()).data]).toEqual([0, 128, 255, 255]);
  });

  it('decodes compressed images', async () => {
    const eye = camera({ topic: 'camera/image_raw/compressed', compressed: true });
    const publisher = driver.advertise(COMPRESSED, 'camera/image_raw/compressed', SENSOR);
    const image = await jpeg(100);
    await arrive(eye, () => publisher.publish(image));
    const frame = await eye.capture();
    expect(frame).toMatchObject({ encoding: 'rgb8', width: 4, height: 2 });
    expect(Math.abs((frame.data[0] ?? 0) - 100)).toBeLessThan(4);
    expect(eye.stats.encoding).toBe('jpeg');
  });

  it('counts what comes, and says so to a listener', async () => {
    let heard = 0;
    const eye = camera({ onFrame: () => heard++ });
    const publisher = driver.advertise(IMAGE, 'camera/image_raw', SENSOR);
    expect(eye.stats).toMatchObject({
      frames: 0,
      rateHz: 0,
      lastStampMs: undefined,
      lastArrivalMs: undefined,
    });
    for (let image = 0; image < 3; image++) await arrive(eye, () => publisher.publish(grey(image)));
    expect(eye.stats.frames).toBe(heard);
    expect(eye.stats.rateHz).toBeGreaterThan(0);
    expect(eye.stats.lastArrivalMs).toBeGreaterThanOrEqual(eye.stats.lastStampMs ?? Number.NaN);
  });

  it('ends when it is disposed of: whoever waits is told', async () => {
    const eye = camera({ firstFrameTimeoutMs: 20_000 });
    const capture = eye.capture();
    eye.dispose();
    eye.dispose();
    await expect(capture).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(eye.capture()).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
