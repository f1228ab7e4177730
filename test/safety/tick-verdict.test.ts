import { describe, expect, it } from 'vitest';
import type { CheckerAnswer, CheckerSource } from '../../lib/safety/collision/checker-source.js';
import type { TickInput } from '../../lib/safety/decision.js';
import { safetyConfig } from '../../lib/safety/safety-config.js';
import { judgeTick } from '../../lib/safety/tick-verdict.js';

const config = safetyConfig(
  { limits: [{ name: 'base', min: -1, max: 1, velocity: 2, acceleration: 4, jerk: 100 }] },
  ['base'],
);

const calm: TickInput = {
  type: 'tick',
  nowMs: 1000,
  measured: { positions: [0], velocities: [0.5], stamp: 1000 },
  expected: [0.01],
  atGoal: false,
  ahead: { positions: [0.03], velocities: [0.5] },
  pace: 1,
  sceneStamp: 990,
  gripper: null,
};

/** A wall at an angle, with 1 m of reach. */
function wallAt(angle: number): CheckerSource {
  const answer = ([base = 0]: readonly number[]): CheckerAnswer => ({
    environment: { distance: angle - base, a: 'arm', b: 'wall' },
    self: { distance: 1, a: '', b: '' },
  });
  return { reach: [1], ask: answer };
}

const judged = async (change: Partial<TickInput>, collision: CheckerSource | undefined = wallAt(9)) => {
  const { pace, reasons } = await judgeTick(
    config,
    { ...calm, ...change },
    { collision, kinematics: undefined },
  );
  return { pace, reasons: reasons.map(({ guard, kind, outcome }) => `${guard}/${kind}: ${outcome}`) };
};

describe('a motion under way', () => {
  it('goes on while the arm is where it should be and nothing is near', async () => {
    expect(await judged({})).toEqual({ pace: 1, reasons: [] });
  });

  it('stops when the arm is elsewhere, more strictly at the goal', async () => {
    expect(await judged({ expected: [0.11] })).toMatchObject({
      pace: 0,
      reasons: ['tracking/path-tolerance: stop'],
    });
    expect(await judged({ expected: [0.06] })).toMatchObject({ pace: 1 });
    expect(await judged({ expected: [0.06], atGoal: true })).toMatchObject({
      pace: 0,
      reasons: ['tracking/goal-tolerance: stop'],
    });
  });

  it('brakes when nobody knows any more where the obstacles are', async () => {
    expect(await judged({ sceneStamp: 499 })).toMatchObject({
      pace: 0,
      reasons: ['checker-health/scene-stale: truncate'],
    });
    expect(await judged({ sceneStamp: 1051 })).toMatchObject({ pace: 0 });
  });

  it('brakes when the checker fails', async () => {
    const failing: CheckerSource = {
      reach: [1],
      ask: () => ({ failure: { kind: 'checker-threw', message: 'no' } }),
    };
    expect(await judged({}, failing)).toMatchObject({
      pace: 0,
      reasons: ['checker-health/checker-threw: truncate'],
    });
  });

  it('slows down towards an obstacle that comes near, and not on the way out', async () => {
    const towards = await judged({}, wallAt(0.12));
    expect(towards.reasons).toEqual(['distance/slowed: modify']);
    expect(towards.pace).toBeGreaterThan(0);
    expect(towards.pace).toBeLessThan(1);
    const out = await judged({ ahead: { positions: [-0.03], velocities: [-0.5] } }, wallAt(0.05));
    expect(out).toEqual({ pace: 1, reasons: [] });
  });

  it('brakes where no pace is left, and stops before a contact', async () => {
    expect(await judged({}, wallAt(0.045))).toMatchObject({
      pace: 0,
      reasons: ['distance/slowed: truncate'],
    });
    expect(await judged({}, wallAt(0.02))).toMatchObject({
      pace: 0,
      reasons: ['collision/contact-ahead: stop'],
    });
  });

  it('stops when the joints have not been measured for a while: they agree with the command of that time', async () => {
    const stamp = 899;
    expect(await judged({ measured: { ...calm.measured, stamp } })).toMatchObject({
      pace: 0,
      reasons: ['tracking/joints-stale: stop'],
    });
  });

  it('brakes where it could only crawl', async () => {
    expect(await judged({}, wallAt(0.055))).toMatchObject({
      pace: 0,
      reasons: ['distance/slowed: truncate'],
    });
  });

  it('asks nobody when no obstacle moves, or when it rests', async () => {
    expect(await judged({ sceneStamp: null }, wallAt(0.02))).toEqual({ pace: 1, reasons: [] });
    expect(await judged({ ahead: null }, wallAt(0.02))).toEqual({ pace: 1, reasons: [] });
  });
});
