import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/robot/clock.js';
import type { TimeMessage } from '../../../lib/ros/messages.js';
import { RosTime, secondsBetween } from '../../../lib/ros/robot/ros-time.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, until } from '../harness.js';

const graph = newGraph();
afterEach(() => graph.dispose());

function stampOf(nanoseconds: bigint): TimeMessage {
  return { sec: Number(nanoseconds / 1_000_000_000n), nanosec: Number(nanoseconds % 1_000_000_000n) };
}

function warnings(node: RosNode): string[] {
  const told: string[] = [];
  node.log.warn = (text) => told.push(text) > 0;
  return told;
}

/** A node on simulated time, and what sets that. `/clock` is one for a whole domain, so it gets one of its own. */
async function simulated() {
  const domainId = randomInt(20, 90);
  const node = await graph.node('robot', { domainId, args: ['--ros-args', '-p', 'use_sim_time:=true'] });
  const world = await graph.node('world', { domainId });
  const publisher = world.raw.createPublisher('rosgraph_msgs/msg/Clock', '/clock');
  const time = new RosTime(node, { useSimTime: true });
  const setTime = (seconds: number) =>
    until(() => {
      publisher.publish({ clock: stampOf(BigInt(Math.round(seconds * 1e9))) });
      return Number(node.now()) === Math.round(seconds * 1e9);
    });
  return { node, time, setTime };
}

describe('ROS time on the process clock', () => {
  it('puts a stamp as far before now as ROS time says it is old', async () => {
    const node = await graph.node('robot');
    const time = new RosTime(node, { useSimTime: false });
    expect(time.clock).toBe(systemClock);
    const ageMs = (stamp: TimeMessage) => time.clock.now() - time.toClockMs(stamp);
    const now = node.now();
    // Bounds of a busy machine: only what lies between the reading of the clocks may differ.
    expect(ageMs(stampOf(now))).toBeGreaterThanOrEqual(0);
    expect(ageMs(stampOf(now))).toBeLessThan(2000);
    expect(ageMs(stampOf(now - 60_000_000_000n)) - 60_000).toBeLessThan(2000);
    expect(ageMs(stampOf(now + 60_000_000_000n)) + 60_000).toBeLessThan(2000);
    expect(ageMs(stampOf(now + 60_000_000_000n))).toBeLessThan(-50_000);
  });

  it('shows a wall clock that was set anew in the next stamp', async () => {
    const node = await graph.node('robot');
    const time = new RosTime(node, { useSimTime: false });
    const stamp = stampOf(node.now());
    const before = time.toClockMs(stamp);
    const realNow = node.now.bind(node);
    node.now = () => realNow() + 3_600_000_000_000n;
    expect(before - time.toClockMs(stamp)).toBeGreaterThan(3_590_000);
  });

  it('counts a zero stamp as now, and warns once for each sender', async () => {
    const node = await graph.node('robot');
    const told = warnings(node);
    const time = new RosTime(node, { useSimTime: false });
    const before = time.clock.now();
    for (let message = 0; message < 3; message++)
      expect(time.toClockMs({ sec: 0, nanosec: 0 }, '/camera')).toBeGreaterThanOrEqual(before);
    expect(secondsBetween(stampOf(node.now()), time.stampOrNow({ sec: 0, nanosec: 0 }, '/arm'))).toBeLessThan(
      2,
    );
    expect(time.stampOrNow({ sec: 0, nanosec: 1 }, '/other')).toEqual({ sec: 0, nanosec: 1 });
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('/camera');
  });

  it('ends with its node', async () => {
    const node = await graph.node('robot');
    const time = new RosTime(node, { useSimTime: false });
    node.dispose();
    expect(() => time.toClockMs({ sec: 1, nanosec: 0 })).toThrow(
      expect.objectContaining({ code: 'DISPOSED' }),
    );
  });
});

describe('ROS time on a simulation', () => {
  it('is the clock, and turns stamps into its milliseconds and back', async () => {
    const { time, setTime } = await simulated();
    await setTime(100);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000_000 }), (microseconds) => {
        const stamp = stampOf(BigInt(microseconds) * 1000n);
        expect(time.toClockMs(stamp)).toBeCloseTo(microseconds / 1000, 6);
        expect(time.toStamp(microseconds / 1000)).toEqual(stamp);
      }),
    );
    expect(time.clock.now()).toBe(100_000);
    expect(time.toStamp(-5)).toEqual({ sec: 0, nanosec: 0 });
  });

  it('sleeps until the simulation is there', async () => {
    const { time, setTime } = await simulated();
    await setTime(10);
    let woken = false;
    const sleep = time.clock.sleep(500).then(() => {
      woken = true;
    });
    await setTime(10.4);
    expect(woken).toBe(false);
    await setTime(10.6);
    await sleep;
  });

  it('tells the age of stamps rightly after the simulation began anew', async () => {
    const { node, time, setTime } = await simulated();
    const told = warnings(node);
    await setTime(100);
    const before = time.clock.now();
    await setTime(2);
    expect(time.clock.now()).toBe(before);
    expect(time.toClockMs({ sec: 1, nanosec: 0 })).toBe(before - 1000);
    expect(time.toStamp(before + 1000)).toEqual({ sec: 3, nanosec: 0 });
    expect(told).toEqual([expect.stringContaining('went back by 98')]);
  });
});
