import { describe, expect, it } from 'vitest';
import type { Kinematics } from '../../../lib/safety/collision/collision-checker.js';
import {
  checkedWorkspace,
  sweptWorkspace,
  type WorkspaceBox,
  workspaceField,
} from '../../../lib/safety/collision/workspace.js';
import { throughRests } from './planar-world.js';

/** Three sliding joints that carry the tool along x, y and z, and an elbow 0.5 m behind it on x. */
const gantry: Kinematics = {
  reach: [1, 1, 1],
  pointNames: ['tool', 'elbow'],
  points: ([x = 0, y = 0, z = 0]) => [
    [x, y, z],
    [x - 0.5, y, z],
  ],
};
const box = checkedWorkspace({ min: [-1, -0.4, 0], max: [0.8, 0.4, 1] });
const HOME = [0, 0, 0.5];

describe('sweptWorkspace', () => {
  it.each([
    ['tool', 'x max', [0.9, 0, 0.5], -0.1],
    ['elbow', 'x min', [-0.6, 0, 0.5], -0.1],
    ['tool', 'y min', [0, -0.45, 0.5], -0.05],
    ['tool', 'y max', [0, 0.45, 0.5], -0.05],
    ['tool', 'z min', [0, 0, -0.05], -0.05],
    ['tool', 'z max', [0, 0, 1.05], -0.05],
  ])('ends the motion before the %s passes %s', async (point, face, target, depth) => {
    const points = throughRests([HOME, target]);
    const result = await sweptWorkspace(points, box, gantry);
    expect(result).toMatchObject({
      inside: false,
      reason: { guard: 'workspace', outcome: 'truncate', kind: 'workspace-left', limit: 0 },
    });
    if (result.inside) return;
    expect(result.reason.message).toContain(point);
    expect(result.reason.message).toContain(face);
    expect(result.insideUntilS).toBeGreaterThan(0.2);
    expect(workspaceField(box, gantry).measure(target)).toMatchObject({
      samples: [{ distance: expect.closeTo(depth, 9), pair: [point, face] }],
    });
  });

  it('lets the tool come as near to each face as the resolution', async () => {
    for (const corner of [
      [0.794, 0.394, 0.994],
      [-0.494, -0.394, 0.006],
    ])
      expect(await sweptWorkspace(throughRests([HOME, corner]), box, gantry)).toMatchObject({ inside: true });
  });

  it('lets a tool that is outside come back but not go further', async () => {
    const outside = [0.9, 0, 0.5];
    expect(await sweptWorkspace(throughRests([outside, HOME]), box, gantry)).toMatchObject({ inside: true });
    expect(await sweptWorkspace(throughRests([outside, [0.95, 0, 0.5]]), box, gantry)).toMatchObject({
      inside: false,
      insideUntilS: 0,
    });
  });

  it('rejects when the kinematics fails, gives NaN, or needs too many queries', async () => {
    const points = throughRests([HOME, [0.5, 0, 0.5]]);
    const broken = (reply: () => readonly (readonly [number, number, number])[]) =>
      sweptWorkspace(points, box, { ...gantry, points: reply });
    const rejected = {
      inside: false,
      reason: { guard: 'workspace', outcome: 'reject', kind: 'kinematics-failed' },
    };
    expect(
      await broken(() => {
        throw new Error('no model');
      }),
    ).toMatchObject(rejected);
    expect(await broken(() => [[0, Number.NaN, 0.5]])).toMatchObject(rejected);
    expect(
      await broken(() => [
        [0, Number.NaN, 0.5],
        [0, 0, 0.5],
      ]),
    ).toMatchObject(rejected);
    expect(await sweptWorkspace(points, box, gantry, { maxQueries: 1 })).toMatchObject({
      reason: { outcome: 'reject', kind: 'query-budget' },
    });
  });

  it('allows faces at infinity', async () => {
    const half = checkedWorkspace({
      min: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0],
      max: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    });
    expect(await sweptWorkspace(throughRests([HOME, [3, 0, 0.5]]), half, gantry)).toMatchObject({
      inside: true,
    });
    expect(await sweptWorkspace(throughRests([HOME, [3, 0, -1]]), half, gantry)).toMatchObject({
      inside: false,
    });
  });

  it.each([
    [{ min: [0, 0, 0], max: [1, 1, 0] }],
    [{ min: [0, 0, Number.NaN], max: [1, 1, 1] }],
    [{ min: [0, 0], max: [1, 1, 1] }],
  ])('refuses the box %j', (bad) => {
    expect(() => checkedWorkspace(bad as unknown as WorkspaceBox)).toThrow(/min < max/);
  });
});
