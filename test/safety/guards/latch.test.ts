import { describe, expect, it } from 'vitest';
import { checkChunkAge } from '../../../lib/safety/guards/chunk-age.js';
import { checkLatch, resetLatch, tripLatch, UNLATCHED } from '../../../lib/safety/guards/latch.js';
import type { SafetyReason } from '../../../lib/safety/verdict.js';

const STALLED: SafetyReason = {
  guard: 'tracking',
  outcome: 'stop',
  kind: 'path-tolerance',
  message: 'elbow is off by 0.5 rad',
};
const HIT: SafetyReason = { guard: 'collision', outcome: 'stop', kind: 'contact', message: 'hand hit table' };
const LATCHED = tripLatch(UNLATCHED, STALLED, 500);

describe('the latch', () => {
  it('lets everything through at first', () => {
    expect(checkLatch(UNLATCHED)).toEqual([]);
  });

  it('refuses everything once tripped, with why and since when', () => {
    expect(checkLatch(LATCHED)).toEqual([
      {
        guard: 'latch',
        outcome: 'reject',
        kind: 'latched',
        message: 'latched since 500 ms until reset() is called: elbow is off by 0.5 rad',
      },
    ]);
  });

  it('keeps the first reason', () => {
    expect(tripLatch(LATCHED, HIT, 600)).toBe(LATCHED);
  });

  it('is plain data and never changes in place', () => {
    expect(UNLATCHED).toEqual({ latched: null, resetAtMs: null });
    expect(JSON.parse(JSON.stringify(LATCHED))).toEqual(LATCHED);
    resetLatch(LATCHED, 900, []);
    expect(LATCHED).toEqual({ latched: { reason: STALLED, atMs: 500 }, resetAtMs: null });
  });

  it('opens through a reset, and trips again for a new reason', () => {
    const open = resetLatch(LATCHED, 900, []);
    expect(open).toEqual({ latched: null, resetAtMs: 900 });
    expect(checkLatch(open)).toEqual([]);
    expect(tripLatch(open, HIT, 950)).toEqual({ latched: { reason: HIT, atMs: 950 }, resetAtMs: 900 });
  });

  it('refuses a reset while a cause stands, and names it', () => {
    const refusal = (message: string) => expect.objectContaining({ code: 'SAFETY_LATCHED', message });
    expect(() => resetLatch(LATCHED, 900, [HIT])).toThrow(
      refusal('reset is refused while its cause stands: hand hit table'),
    );
    expect(() => resetLatch(LATCHED, 900, [STALLED, HIT, HIT])).toThrow(
      refusal('reset is refused while its cause stands: elbow is off by 0.5 rad, and 2 more'),
    );
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses a reset at %s ms', (nowMs) => {
    expect(() => resetLatch(LATCHED, nowMs, [])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`${nowMs}`) }),
    );
  });

  it('stays as it is when a reset finds nothing to reset', () => {
    expect(resetLatch(UNLATCHED, 900, [HIT])).toBe(UNLATCHED);
    const open = resetLatch(LATCHED, 900, []);
    expect(resetLatch(open, 950, [])).toBe(open);
  });

  it('needs an observation after the reset', () => {
    const { resetAtMs } = resetLatch(LATCHED, 900, []);
    const kinds = [850, 900, 901].map((capturedAt) =>
      checkChunkAge(1000, { sequence: 1, capturedAt }, { sequence: 0, resetAtMs }, { maxChunkAgeMs: 500 }),
    );
    expect(kinds).toMatchObject([[{ kind: 'before-reset' }], [{ kind: 'before-reset' }], []]);
  });
});
