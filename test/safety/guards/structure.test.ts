import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStructure, countRejects } from '../../../lib/safety/guards/structure.js';
import { NOT_FINITE, TINY } from './values.js';

const NAMES = ['base', 'shoulder', 'elbow', 'roll', 'bend', 'flange'];
const CONFIG = { jointNames: NAMES, chunkShape: null };
const CHUNK = { shape: [1, 5, 7], jointNames: NAMES, jointUnits: NAMES.map(() => 'rad') };
/** Five waypoints of six joints and a gripper: 35 slots, all 0 but for the one given. */
const waypoints = (slot = -1, value = 0) =>
  Array.from({ length: 5 }, (_, row) => ({
    joints: NAMES.map((_, joint) => (row * 7 + joint === slot ? value : 0)),
    gripper: row * 7 + 6 === slot ? value : 0,
  }));
const SLOTS = Array.from({ length: 35 }, (_, slot) => slot);

describe('checkStructure', () => {
  it('passes a chunk for this robot', () => {
    expect(checkStructure(CHUNK, waypoints(), CONFIG)).toEqual([]);
  });

  it.each(SLOTS)('refuses NaN and ±∞ at slot %s and says where it is', (slot) => {
    const name = [...NAMES, 'gripper'][slot % 7];
    for (const bad of NOT_FINITE)
      expect(checkStructure(CHUNK, waypoints(slot, bad), CONFIG)).toEqual([
        {
          guard: 'structure',
          outcome: 'reject',
          kind: 'structure',
          message: `waypoint ${Math.floor(slot / 7)}, ${name}: expected a finite number, got ${bad}`,
        },
      ]);
  });

  it.each(SLOTS)('passes −0 and denormals at slot %s', (slot) => {
    for (const tiny of TINY) expect(checkStructure(CHUNK, waypoints(slot, tiny), CONFIG)).toEqual([]);
  });

  it('passes waypoints without a gripper', () => {
    const handless = waypoints().map(({ joints }) => ({ joints, gripper: null }));
    expect(checkStructure(CHUNK, handless, CONFIG)).toEqual([]);
  });

  it.each<[string, Partial<typeof CHUNK>, RegExp]>([
    ['another order of the joints', { jointNames: NAMES.toReversed() }, /joint 0 of the robot is base/],
    ['a joint too few', { jointNames: NAMES.slice(1) }, /the robot has 6 joints .* the chunk 5/],
    ['a joint too many', { jointNames: [...NAMES, 'rail'] }, /the robot has 6 joints .* the chunk 7/],
    ['degrees', { jointUnits: NAMES.map(() => 'deg') }, /base must be in rad or m, .* deg/],
  ])('refuses %s', (_, change, message) => {
    expect(checkStructure({ ...CHUNK, ...change }, waypoints(), CONFIG)).toMatchObject([
      { outcome: 'reject', kind: 'structure', message: expect.stringMatching(message) },
    ]);
  });

  it('takes names that only count by position', () => {
    const jointNames = [1, 2, 3, 4, 5, 6].map((number) => `joint_${number}`);
    expect(checkStructure({ ...CHUNK, jointNames }, waypoints(), CONFIG)).toEqual([]);
  });

  it('refuses waypoints of another number of joints, and none at all', () => {
    const last = { joints: [0, 0, 0, 0, 0], gripper: 0 };
    const kinds = [[...waypoints(), last], [{ joints: Array(7).fill(0), gripper: 0 }], []].map((rows) =>
      checkStructure(CHUNK, rows, CONFIG).map(({ message }) => message),
    );
    expect(kinds).toEqual([
      ['waypoint 5 needs 6 joint targets, got 5'],
      ['waypoint 0 needs 6 joint targets, got 7'],
      ['expected at least one waypoint, got none'],
    ]);
  });

  it.each([[[5, 7]], [[1, 4, 7]], [[1, 5, 8]], [[1, 5, 7, 1]], [[2, 5, 7]], [[1, Number.NaN, 7]], [[]]])(
    'refuses a chunk of shape [%s] where [1, 5, 7] is expected',
    (shape) => {
      const config = { jointNames: NAMES, chunkShape: [1, 5, 7] as const };
      expect(checkStructure({ ...CHUNK, shape }, waypoints(), config)).toEqual([
        {
          guard: 'structure',
          outcome: 'reject',
          kind: 'shape',
          message: `expected a chunk of shape [1, 5, 7], got [${shape.join(', ')}]`,
        },
      ]);
      expect(checkStructure(CHUNK, waypoints(), config)).toEqual([]);
    },
  );

  it('takes any shape when none is expected, and any number of its waypoints', () => {
    expect(checkStructure({ ...CHUNK, shape: [1, 8, 7] }, waypoints().slice(3), CONFIG)).toEqual([]);
  });

  it('passes every chunk of finite values', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const row = fc.record({
      joints: fc.array(finite, { minLength: 6, maxLength: 6 }),
      gripper: fc.option(finite),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        expect(checkStructure(CHUNK, rows, CONFIG)).toEqual([]);
      }),
    );
  });
});

describe('countRejects', () => {
  /** The kinds that a row of refused (true) and passed chunks leads to. */
  const run = (rejected: readonly boolean[]) => {
    let structureRejects = 0;
    return rejected.map((each) => {
      const counted = countRejects(structureRejects, each);
      structureRejects = counted.structureRejects;
      return counted.reasons.map(({ kind }) => kind).join();
    });
  };

  it('stops at the third refusal in a row', () => {
    expect(run([true, true, true])).toEqual(['', '', 'three-in-a-row']);
    expect(countRejects(2, true).reasons).toEqual([
      {
        guard: 'structure',
        outcome: 'stop',
        kind: 'three-in-a-row',
        message: '3 chunks in a row were refused for their structure, fewer than 3 are allowed',
        value: 3,
        limit: 3,
      },
    ]);
  });

  it('starts anew with each chunk that passes, and after the stop', () => {
    expect(run([true, true, false, true, true, true, true, true]).map(Boolean)).toEqual([
      ...[false, false, false, false, false],
      ...[true, false, false],
    ]);
  });
});
