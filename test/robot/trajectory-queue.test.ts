import { describe, expect, it } from 'vitest';
import { TrajectoryQueue } from '../../lib/robot/trajectory-queue.js';

const startingAt = (startMs: number) => ({ startMs, points: [] });

describe('TrajectoryQueue', () => {
  it('runs nothing before the first start, and then the last one that has started', () => {
    const queue = new TrajectoryQueue();
    expect(queue.isEmpty).toBe(true);
    const [first, second] = [startingAt(10), startingAt(20)];
    queue.add(first);
    queue.add(second);
    expect([9, 10, 19, 20, 1000].map((ms) => queue.runningAt(ms))).toEqual([
      undefined,
      first,
      first,
      second,
      second,
    ]);
    expect(queue.isEmpty).toBe(false);
  });

  it('lets a newer one take the place of those that start with or after it', () => {
    const queue = new TrajectoryQueue();
    const [first, newest] = [startingAt(10), startingAt(15)];
    queue.add(first);
    queue.add(startingAt(15));
    queue.add(startingAt(20));
    queue.add(newest);
    expect(queue.runningAt(14)).toBe(first);
    expect(queue.runningAt(15)).toBe(newest);
    expect(queue.runningAt(30)).toBe(newest);
  });

  it('forgets what ran before, what it is told to drop, and all of it', () => {
    const queue = new TrajectoryQueue();
    const [first, second, third] = [startingAt(10), startingAt(20), startingAt(30)];
    for (const trajectory of [first, second, third]) queue.add(trajectory);
    queue.dropBefore(second);
    expect(queue.runningAt(19)).toBeUndefined();
    expect(queue.runningAt(29)).toBe(second);
    queue.drop(third);
    expect(queue.runningAt(30)).toBe(second);
    queue.clear();
    expect(queue.isEmpty).toBe(true);
  });
});
