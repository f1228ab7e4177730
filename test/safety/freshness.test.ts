import { describe, expect, it } from 'vitest';
import { checkAge, checkSequence } from '../../lib/safety/freshness.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = { maxAgeMs: 500, maxFutureMs: 50 };
const robot = new FakeRobot(['base']);
const chunk = (capturedAt: number, sequence = 7) => chunkOf(robot, [[0, 0]], { capturedAt, sequence });
const stale = (message: RegExp) =>
  expect.objectContaining({ code: 'CHUNK_STALE', message: expect.stringMatching(message) });

describe('checkAge', () => {
  it.each([0, 500, -50])('lets an observation that is %s ms old through', (age) => {
    expect(() => checkAge(chunk(1000), 1000 + age, limits)).not.toThrow();
  });

  it.each<[number, RegExp]>([
    [500.5, /chunk 7 is 500.5 ms old, 500 ms are allowed/],
    [-51, /chunk 7 was captured 51 ms in the future, 50 ms/],
    [1e9, /ms old/],
    [Number.NaN, /NaN ms old/],
  ])('refuses an observation that is %s ms old', (age, message) => {
    expect(() => checkAge(chunk(1000), 1000 + age, limits)).toThrow(stale(message));
  });
});

describe('checkSequence', () => {
  it('lets the first chunk and every later one through, gaps included', () => {
    expect(() => checkSequence(chunk(0, 0), Number.NEGATIVE_INFINITY)).not.toThrow();
    expect(() => checkSequence(chunk(0, 9), 7)).not.toThrow();
  });

  it.each([7, 6, 0, Number.NaN])('refuses chunk %s after chunk 7', (sequence) => {
    expect(() => checkSequence(chunk(0, sequence), 7)).toThrow(stale(/came after chunk 7/));
  });
});
