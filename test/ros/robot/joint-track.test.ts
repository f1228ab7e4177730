import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JointSample, JointTrack } from '../../../lib/ros/robot/joint-track.js';

function sample(ms: number, position: number, velocity = Number.NaN): JointSample {
  const stamp = { sec: 1_700_000_000 + Math.floor(ms / 1000), nanosec: Math.round((ms % 1000) * 1e6) };
  return { stamp, clockMs: ms, arrivedMs: ms, position, velocity };
}

function track([first, ...rest]: readonly JointSample[]): JointTrack {
  if (first === undefined) throw new Error('a track needs a first sample');
  const track = new JointTrack(first);
  for (const each of rest) track.accept(each);
  return track;
}

describe('what is known of a joint', () => {
  it('is the velocity that was measured, where one was', () => {
    expect(track([sample(0, 1, 0.25), sample(20, 2, 0.5)]).velocity).toBe(0.5);
  });

  it('is no velocity after a first position', () => {
    expect(track([sample(0, 1)]).velocity).toBeNaN();
  });

  it('is the velocity of a steady motion, however often and irregularly its positions come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 20, maxLength: 60 }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (intervals, speed) => {
          let ms = 0;
          const samples = intervals.map((interval) => {
            ms += interval;
            return sample(ms, (speed * ms) / 1000);
          });
          expect(track(samples).velocity).toBeCloseTo(speed, 6);
        },
      ),
    );
  });

  it('is rest where an encoder flickers between two steps at 1 kHz', () => {
    const flicker = Array.from({ length: 50 }, (_, ms) => sample(ms, ms % 2 === 0 ? 0 : 1e-4));
    expect(Math.abs(track(flicker).velocity)).toBeLessThan(0.02);
  });

  it('is no velocity over a gap in which anything may have happened', () => {
    const gap = [sample(0, 0), sample(20, 0), sample(5000, 1)];
    expect(track(gap).velocity).toBeNaN();
    expect(track([...gap, sample(5020, 1.02)]).velocity).toBeCloseTo(1, 6);
  });

  it('is NaN where the position is, so that nobody takes it for rest', () => {
    expect(track([sample(0, 0), sample(20, Number.NaN)]).velocity).toBeNaN();
  });

  it('never comes from a repeated or older sample', () => {
    const joint = track([sample(0, 1), sample(20, 2)]);
    expect(joint.accept(sample(20, 9))).toBe(false);
    expect(joint.accept(sample(10, 9))).toBe(false);
    expect(joint.newest.position).toBe(2);
    expect(joint.accept({ ...sample(20, 3), stamp: { sec: 1_700_000_000, nanosec: 20_000_001 } })).toBe(true);
    expect(joint.newest.position).toBe(3);
  });
});
