import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JointStateMessage } from '../../../lib/ros/messages.js';
import { RELIABLE } from '../../../lib/ros/qos.js';
import { JointStateStore } from '../../../lib/ros/robot/joint-state-store.js';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import type { RosNode, TopicPublisher } from '../../../lib/ros/ros-node.js';
import { newGraph, until } from '../harness.js';

const TYPE = 'sensor_msgs/msg/JointState';
type Fields = Partial<Omit<JointStateMessage, 'header'>> & { readonly ageMs?: number };

const graph = newGraph();
let node: RosNode;
let driver: RosNode;
let time: RosTime;
let publisher: TopicPublisher<typeof TYPE>;
let told: string[];
/** The time of the first message of a test; ages count from it, so that equal ages are equal stamps. */
let epochNs: bigint;

beforeEach(async () => {
  node = await graph.node('vla');
  driver = await graph.node('driver');
  told = [];
  node.log.warn = (text) => told.push(text) > 0;
  time = new RosTime(node, { useSimTime: false });
  publisher = driver.advertise(TYPE, 'joint_states', RELIABLE);
  epochNs = node.now();
});
afterEach(() => graph.dispose());

async function store(jointNames: readonly string[], timeoutMs = 20_000): Promise<JointStateStore> {
  const joints = new JointStateStore(node, time, { topic: 'joint_states', jointNames, timeoutMs });
  await until(
    () => node.raw.countPublishers(publisher.name) > 0 && driver.raw.countSubscribers(publisher.name) > 0,
  );
  // Both know of each other before the first message can pass, a little before on a real middleware.
  await until(() => {
    publisher.publish(message({ name: ['a finger'], position: [0.04] }));
    return joints.position('a finger') !== undefined;
  });
  return joints;
}

function message({
  ageMs = 0,
  name = [],
  position = [],
  velocity = [],
  effort = [],
}: Fields): JointStateMessage {
  const ns = epochNs - BigInt(Math.round(ageMs * 1e6));
  const stamp = { sec: Number(ns / 1_000_000_000n), nanosec: Number(ns % 1_000_000_000n) };
  return { header: { stamp, frame_id: '' }, name, position, velocity, effort };
}

/** Resolves once this message and all before it have been looked at. */
async function send(joints: JointStateStore, ...messages: readonly Fields[]): Promise<void> {
  const before = joints.stats.messages;
  for (const fields of messages) publisher.publish(message(fields));
  await until(() => joints.stats.messages >= before + messages.length);
}

describe('joint states', () => {
  it('are read by name, in any order and among any others', async () => {
    const joints = await store(['a', 'b', 'c']);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(['a', 'b', 'c', 'x', 'y'], { minLength: 5 }), async (name) => {
        const value = (joint: string) => joint.charCodeAt(0);
        epochNs += 1_000_000n;
        await send(joints, { name, position: name.map(value), velocity: name.map((joint) => -value(joint)) });
        const state = await joints.read();
        expect(state.positions).toEqual([97, 98, 99]);
        expect(state.velocities).toEqual([-97, -98, -99]);
        expect(joints.position('y')).toBe(121);
      }),
      { numRuns: 10 },
    );
  });

  it('of several publishers are put together, with the stamp of the oldest joint that is needed', async () => {
    const joints = await store(['a', 'b']);
    await send(
      joints,
      { ageMs: 3000, name: ['finger'], position: [0.02] },
      { ageMs: 2000, name: ['b'], position: [2], velocity: [0] },
      { ageMs: 1000, name: ['a'], position: [1], velocity: [0] },
    );
    const state = await joints.read();
    expect(state.positions).toEqual([1, 2]);
    const oldest = time.toClockMs(message({ ageMs: 2000 }).header.stamp);
    // Both are mapped through clocks that were read at different times.
    expect(Math.abs(state.stamp - oldest)).toBeLessThan(500);
    expect(joints.position('finger')).toBe(0.02);
    expect(joints.position('thumb')).toBeUndefined();
  });

  it('are awaited by a first read that comes before them', async () => {
    const joints = await store(['a', 'b']);
    const read = joints.read();
    await send(joints, { name: ['a'], position: [1] }, { name: ['b'], position: [2] });
    expect((await read).positions).toEqual([1, 2]);
  });

  it('never give way to a repeated or older message', async () => {
    const joints = await store(['a']);
    await send(
      joints,
      { ageMs: 10, name: ['a'], position: [1] },
      { ageMs: 10, name: ['a'], position: [2] },
      { ageMs: 20, name: ['a'], position: [3] },
    );
    expect((await joints.read()).positions).toEqual([1]);
    await send(joints, { ageMs: 9.999, name: ['a'], position: [4] });
    expect((await joints.read()).positions).toEqual([4]);
  });

  it('of a sender that repeats itself stay what they were, however long it goes on', async () => {
    const joints = await store(['a'], 50);
    await send(joints, { ageMs: 10, name: ['a'], position: [1] });
    const { stamp } = await joints.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await send(joints, { ageMs: 10, name: ['a'], position: [2] });
    expect(await joints.read()).toMatchObject({ positions: [1], stamp });
    expect(told).toEqual([]);
  });

  it('are taken up again, as old as they say, where the clock of their sender was set back for good', async () => {
    const joints = await store(['a', 'finger'], 200);
    await send(joints, { name: ['a', 'finger'], position: [1, 1] });
    await until(async () => {
      await send(joints, { ageMs: 3_600_000, name: ['a', 'finger'], position: [2, 2] });
      return joints.position('a') === 2;
    });
    const { stamp } = await joints.read();
    expect(time.clock.now() - stamp).toBeGreaterThan(3_590_000);
    expect(told).toEqual([expect.stringContaining('went back')]);
  });

  it('without velocities, or with NaN for them, get those of their positions', async () => {
    const joints = await store(['a', 'b']);
    await send(joints, { ageMs: 100, name: ['a', 'b'], position: [1, 1], velocity: [Number.NaN, 5] });
    expect((await joints.read()).velocities).toEqual([Number.NaN, 5]);
    await send(joints, { ageMs: 50, name: ['a', 'b'], position: [1.1, 1] });
    const { velocities } = await joints.read();
    expect(velocities[0]).toBeCloseTo(2, 6);
    expect(velocities[1]).toBe(0);
  });

  it('pass NaN positions on to the guards', async () => {
    const joints = await store(['a']);
    await send(joints, { name: ['a'], position: [Number.NaN], velocity: [0] });
    expect((await joints.read()).positions).toEqual([Number.NaN]);
  });

  it('with fields of different lengths are dropped, counted, and told of once', async () => {
    const joints = await store(['a', 'b']);
    await send(
      joints,
      { ageMs: 10, name: ['a', 'b'], position: [1, 2] },
      { name: ['a', 'b'], position: [3] },
      { name: ['a', 'b'], position: [3, 4], velocity: [0] },
      { name: ['a'], position: [3, 4] },
    );
    expect((await joints.read()).positions).toEqual([1, 2]);
    expect(joints.stats.malformed).toBe(3);
    expect(told).toEqual([expect.stringMatching(/2 names, 1 positions/)]);
  });

  it('that hold efforts only are no fault and say nothing', async () => {
    const joints = await store(['a']);
    await send(joints, { ageMs: 5, name: ['a'], position: [1] }, { name: ['a'], effort: [3] });
    expect((await joints.read()).positions).toEqual([1]);
    expect(joints.stats.malformed).toBe(0);
  });

  it('without stamps count as measured when they come, each newer than the one before', async () => {
    const joints = await store(['a']);
    const unstamped = (position: number): JointStateMessage => ({
      ...message({ name: ['a'], position: [position] }),
      header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
    });
    for (const position of [1, 2, 3]) {
      const before = time.clock.now();
      publisher.publish(unstamped(position));
      await until(() => joints.position('a') === position);
      expect((await joints.read()).stamp).toBeGreaterThanOrEqual(before - 1);
    }
    expect(told).toEqual([expect.stringContaining('no time stamp')]);
  });

  it('that lack a joint are found out at the first read, with the names that were seen', async () => {
    const joints = await store(['a', 'elbow', 'wrist'], 100);
    await send(joints, { name: ['a', 'elbow_joint'], position: [1, 2] });
    await expect(joints.read()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringMatching(/elbow, wrist.*\/joint_states.*seen: a finger, a, elbow_joint/),
    });
  });

  it('that nobody publishes are missed under their full name', async () => {
    const joints = new JointStateStore(node, time, {
      topic: 'arm/joint_states',
      jointNames: ['a'],
      timeoutMs: 50,
    });
    await expect(joints.read()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining(`${graph.namespace}/arm/joint_states: it has no publisher`),
    });
  });

  it('are counted, with their rate', async () => {
    const joints = await store(['a']);
    for (let at = 100; at > 0; at -= 10) await send(joints, { ageMs: at, name: ['a'], position: [at] });
    const { messages, rateHz, topic, lastArrivalMs, seen } = joints.stats;
    expect(topic).toBe(`${graph.namespace}/joint_states`);
    expect(messages).toBeGreaterThan(10);
    expect(rateHz).toBeGreaterThan(0);
    expect(lastArrivalMs).toBeLessThanOrEqual(time.clock.now());
    expect(seen).toEqual(['a finger', 'a']);
  });

  it('end with the store: whoever waits is told, and nothing is taken any more', async () => {
    const joints = await store(['a']);
    const read = joints.read();
    joints.dispose();
    joints.dispose();
    await expect(read).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(joints.read()).rejects.toMatchObject({ code: 'DISPOSED' });
    await until(() => driver.raw.countSubscribers(publisher.name) === 0);
  });
});
