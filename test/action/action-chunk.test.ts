import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ActionChunk, type ActionDim, type Waypoints } from '../../lib/action/action-chunk.js';
import { errorOf } from '../policy/error-of.js';

const dims: readonly ActionDim[] = [
  ...Array.from({ length: 6 }, (_, joint) => ({ name: `j${joint}`, kind: 'joint' as const, unit: 'rad' })),
  { name: 'gripper', kind: 'gripper', unit: 'unit' },
];
const chunkOf = (data: Float32Array, over: object = {}) =>
  new ActionChunk({ data, dims, secondsPerWaypoint: 0.2, capturedAt: 10, ...over });

const values = fc
  .integer({ min: 1, max: 20 })
  .chain((horizon) =>
    fc.float32Array({ minLength: 7 * horizon, maxLength: 7 * horizon, noNaN: true, noDefaultInfinity: true }),
  );

describe('an action chunk', () => {
  it('of the default size is (1, 5, 7)', () => {
    const chunk: Waypoints = new ActionChunk<5, 7>({
      data: new Float32Array(35),
      dims,
      secondsPerWaypoint: 0.2,
      capturedAt: 0,
    });
    expect(chunk.shape).toEqual([1, 5, 7]);
    expect(chunk.horizon).toBe(5);
    expect(chunk.actionDim).toBe(7);
    expect(chunk.jointNames).toEqual(['j0', 'j1', 'j2', 'j3', 'j4', 'j5']);
    expect(chunk.jointUnits).toEqual(['rad', 'rad', 'rad', 'rad', 'rad', 'rad']);
  });

  it('iterates over the waypoints that its data hold, in order', () => {
    fc.assert(
      fc.property(values, (data) => {
        const flat = [...chunkOf(data.slice())].flatMap(({ joints, gripper }) => [...joints, gripper]);
        expect(flat).toEqual([...data]);
      }),
    );
  });

  it('gives out copies: nothing that a reader does changes it', () => {
    fc.assert(
      fc.property(values, (data) => {
        const chunk = chunkOf(data.slice());
        chunk.toFloat32Array().fill(7);
        Object.assign(chunk.at(0).joints, [7, 7, 7]);
        expect(chunk.toFloat32Array()).toEqual(data);
      }),
    );
  });

  it('finds the gripper in any column, and has none where there is none', () => {
    const moved = [dims[6], ...dims.slice(0, 6)] as ActionDim[];
    const chunk = chunkOf(Float32Array.of(0.5, 1, 2, 3, 4, 5, 6), { dims: moved });
    expect(chunk.at(0)).toEqual({ joints: [1, 2, 3, 4, 5, 6], gripper: 0.5 });
    expect(chunkOf(new Float32Array(6), { dims: dims.slice(0, 6) }).at(0).gripper).toBeUndefined();
  });

  it('is refused with NaN or infinity anywhere, naming waypoint and joint', () => {
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(fc.nat({ max: 34 }), bad, (at, value) => {
        const data = new Float32Array(35);
        data[at] = value;
        const error = errorOf(() => chunkOf(data));
        expect(error.code).toBe('CHUNK_INVALID');
        expect(error.message).toContain(`waypoint ${Math.floor(at / 7)}, ${dims[at % 7]?.name}`);
      }),
    );
  });

  it.each([
    ['values that do not fill the last waypoint', { data: new Float32Array(34) }],
    ['no values', { data: new Float32Array(0) }],
    ['no dims', { dims: [] }],
    ['two grippers', { dims: [...dims.slice(0, 5), dims[6], dims[6]] }],
    ['no time per waypoint', { secondsPerWaypoint: 0 }],
    ['an endless waypoint', { secondsPerWaypoint: Number.POSITIVE_INFINITY }],
    ['no capture time', { capturedAt: Number.NaN }],
  ])('is refused with %s', (_, over) => {
    expect(errorOf(() => chunkOf(new Float32Array(35), over)).code).toBe('CHUNK_INVALID');
  });

  it.each([-1, 5, 0.5, Number.NaN])('has no waypoint %d', (index) => {
    expect(errorOf(() => chunkOf(new Float32Array(35)).at(index)).code).toBe('INVALID_ARGUMENT');
  });
});
