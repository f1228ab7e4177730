import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filterGripper,
  type GripperMemory,
  gripperChanged,
  missedGripperChange,
  repeatedGripperChange,
} from '../../../lib/safety/guards/gripper-hysteresis.js';
import { NOT_FINITE } from './values.js';

const CONFIG = { gripperCloseAbove: 0.6, gripperOpenBelow: 0.4, gripperDwellS: 0.2 };
const NEW: GripperMemory = { closed: null, changedAtMs: null };
const OPEN: GripperMemory = { closed: false, changedAtMs: null };
const CLOSED: GripperMemory = { closed: true, changedAtMs: null };
const NOW = 10_000;

/** Waypoints a quarter of a second apart, longer than the dwell. */
const filter = (values: readonly (number | null)[], memory: GripperMemory, stepMs = 250) =>
  filterGripper(
    values,
    values.map((_, index) => NOW + (index + 1) * stepMs),
    memory,
    CONFIG,
    NOW + 1000,
  );
const one = (value: number | null, memory: GripperMemory) => filter([value], memory).closed[0];

describe('the hysteresis', () => {
  it.each<[number, boolean, boolean]>([
    [0.6, false, true],
    [0.6000001, true, true],
    [1, true, true],
    [0.4, false, true],
    [0.3999999, false, false],
    [0.5, false, true],
    [0, false, false],
    [-0, false, false],
    [5e-324, false, false],
  ])('takes %s to %s when open and to %s when closed', (value, whenOpen, whenClosed) => {
    expect([one(value, OPEN), one(value, CLOSED)]).toEqual([whenOpen, whenClosed]);
  });

  it.each<[number, boolean]>([
    [0.5, false],
    [0.5000001, true],
    [0.45, false],
    [0.55, true],
    [-0, false],
    [5e-324, false],
    [1, true],
  ])('decides by the plain rule at first: %s is %s', (value, closed) => {
    expect(filter([value], NEW)).toEqual({ closed: [closed], changes: [true], reasons: [] });
  });

  it('does not chatter at 0.5', () => {
    const values = [0.51, 0.49, 0.52, 0.48, 0.51, 0.45, 0.55];
    const { closed, changes, reasons } = filter(values, CLOSED);
    expect(closed).toEqual(values.map(() => true));
    expect(changes).toEqual(values.map(() => false));
    expect(reasons).toEqual([]);
  });

  it.each([...NOT_FINITE, null])('holds at %s', (value) => {
    expect([one(value, OPEN), one(value, CLOSED), one(value, NEW)]).toEqual([false, true, null]);
    expect(filter([1, value, 0], OPEN).closed).toEqual([true, true, false]);
    expect(filter([value], OPEN).changes).toEqual([false]);
  });

  it('tells at which waypoints the gripper has to be told', () => {
    expect(filter([null, 0, 0, 1, 1, 0], NEW)).toEqual({
      closed: [null, false, false, true, true, false],
      changes: [false, true, false, true, false, true],
      reasons: [],
    });
  });
});

describe('the dwell time', () => {
  it.each<[string, number, boolean]>([
    ['0.2 s after the last change', 200, true],
    ['0.1995 s after it', 199.5, false],
    ['at the same moment', 0, false],
    ['before it, as when the clock was set back', -1000, false],
    ['at a moment that nobody knows', Number.NaN, false],
    ['at minus infinity', -Infinity, false],
  ])('judges a change %s', (_, sinceMs, allowed) => {
    const memory = gripperChanged(true, NOW);
    const { closed, changes, reasons } = filterGripper([0], [NOW + sinceMs], memory, CONFIG, NOW);
    expect([closed, changes, reasons.length]).toEqual([[!allowed], [allowed], allowed ? 0 : 1]);
  });

  it('says what it held off, when and for how long', () => {
    const memory = gripperChanged(false, NOW);
    expect(filterGripper([null, 1], [NOW + 50, NOW + 100], memory, CONFIG, NOW).reasons).toEqual([
      {
        guard: 'gripper',
        outcome: 'modify',
        kind: 'dwell',
        message:
          'waypoint 1: the gripper would close 0.1 s after its last change, at least 0.2 s are expected, so it holds',
        waypoint: 1,
        value: 0.1,
        limit: 0.2,
      },
    ]);
  });

  it('counts from the changes within the chunk, and lets the change come once it has passed', () => {
    const { closed, changes, reasons } = filter([1, 0, 0, 0, 1], OPEN, 100);
    expect(closed).toEqual([true, true, false, false, true]);
    expect(changes).toEqual([true, false, true, false, true]);
    expect(reasons.map(({ waypoint }) => waypoint)).toEqual([1]);
  });

  it('does not delay the first command of all', () => {
    expect(filterGripper([1], [NOW], NEW, CONFIG, NOW).changes).toEqual([true]);
  });

  it('lets nothing through when the time of a waypoint is missing', () => {
    expect(filterGripper([0], [], gripperChanged(true, -1000), CONFIG, NOW).closed).toEqual([true]);
  });
});

describe('a policy that looked before the last change', () => {
  const memory = gripperChanged(true, NOW);
  const asked = (values: readonly (number | null)[], observedMs: number) =>
    filterGripper(
      values,
      values.map((_, index) => NOW + 250 * (index + 1)),
      memory,
      CONFIG,
      observedMs,
    );

  it('does not undo it by repeating what was true before, and says so once', () => {
    expect(asked([0, 0, 0.5, null], NOW - 1)).toEqual({
      closed: [true, true, true, true],
      changes: [false, false, false, false],
      reasons: [
        {
          guard: 'gripper',
          outcome: 'modify',
          kind: 'unseen',
          message:
            'waypoint 0: the gripper was closed after the policy looked, so it holds until the policy agrees',
          waypoint: 0,
        },
      ],
    });
  });

  it('may open what it has closed itself', () => {
    expect(asked([0, 1, 0], NOW - 1).changes).toEqual([false, false, true]);
  });

  it('has not agreed by a value between open and closed', () => {
    expect(asked([0.5, 0], NOW - 1).closed).toEqual([true, true]);
  });

  it('has not seen anything when its stamp is NaN', () => {
    expect(asked([0], Number.NaN).closed).toEqual([true]);
  });

  it('is free once it has seen the change', () => {
    expect(asked([0], NOW)).toEqual({ closed: [false], changes: [true], reasons: [] });
  });
});

describe('a change that lies behind', () => {
  it.each<[string, readonly (number | null)[], GripperMemory, number | undefined]>([
    ['has not come yet', [0, 1], OPEN, 1],
    ['is the last one of several', [1, 0, 1, 1], OPEN, 2],
    ['was made', [0, 1], CLOSED, undefined],
    ['was taken back since', [1, 0], OPEN, undefined],
    ['is none', [0.5, null, 0], OPEN, undefined],
    ['has no waypoints', [], OPEN, undefined],
    ['would be the first command of all', [1], NEW, undefined],
    ['was made after the policy looked', [0], gripperChanged(true, NOW + 1), undefined],
  ])('%s', (_, values, memory, missed) => {
    expect(missedGripperChange(values, memory, CONFIG, NOW)).toBe(missed);
  });
});

describe('a change that an older chunk has made since the policy looked', () => {
  it.each<[string, readonly (number | null)[], GripperMemory, number | undefined]>([
    [
      'is repeated by the first waypoint that agrees',
      [0, null, 0.5, 1, 1, 0],
      gripperChanged(true, NOW + 1),
      3,
    ],
    ['is repeated at once', [0], gripperChanged(false, NOW + 1), 0],
    ['is not repeated', [0, 0.5], gripperChanged(true, NOW + 1), undefined],
    ['was seen', [0, 1], gripperChanged(true, NOW), undefined],
    ['was never made', [0, 1], OPEN, undefined],
    ['is unknown', [0, 1], NEW, undefined],
  ])('%s', (_, values, memory, repeated) => {
    expect(repeatedGripperChange(values, memory, CONFIG, NOW)).toBe(repeated);
  });
});

describe('the memory', () => {
  it('knows only what was executed: a change that a newer chunk replaced counts as never made', () => {
    expect(filter([1, 1], OPEN).changes).toEqual([true, false]);
    expect(filter([0.5, 1], OPEN).closed).toEqual([false, true]);
  });

  it('is plain data with the state and the time of the change', () => {
    const memory = gripperChanged(true, 1234.5);
    expect(memory).toEqual({ closed: true, changedAtMs: 1234.5 });
    expect(JSON.parse(JSON.stringify(memory))).toEqual(memory);
  });
});

describe('filterGripper', () => {
  const anyValue = fc.option(fc.oneof(fc.double(), fc.double({ min: 0, max: 1, noNaN: true })));
  const anyValues = fc.array(anyValue, { maxLength: 12 });
  const anyMemory = fc.record({
    closed: fc.constantFrom(null, false, true),
    changedAtMs: fc.constantFrom(null, NOW - 5000, NOW, NOW + 100),
  });
  const anyStep = fc.constantFrom(20, 100, 250);

  it('leaves a gripper that knows what it wants as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1)), anyMemory, (values, { closed }) => {
        const found = filter(values, { closed, changedAtMs: null });
        expect(found.closed).toEqual(values.map((value) => value > 0.5));
        expect(found.reasons).toEqual([]);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyValues, anyMemory, anyStep, (values, memory, stepMs) => {
        const once = filter(values, memory, stepMs);
        const twice = filter(
          once.closed.map((closed) => (closed === null ? null : Number(closed))),
          memory,
          stepMs,
        );
        expect(twice).toEqual({ ...once, reasons: [] });
      }),
    );
  });

  it('never lets two changes come within the dwell time, and flags each change of state', () => {
    fc.assert(
      fc.property(anyValues, anyMemory, anyStep, (values, memory, stepMs) => {
        const { closed, changes } = filter(values, memory, stepMs);
        let state = memory.closed;
        let last = memory.changedAtMs ?? -Infinity;
        for (const [index, changed] of changes.entries()) {
          expect(changed).toBe(closed[index] !== state);
          state = closed[index] ?? null;
          if (!changed) continue;
          const at = NOW + (index + 1) * stepMs;
          expect(at - last).toBeGreaterThanOrEqual(200);
          last = at;
        }
      }),
    );
  });
});
