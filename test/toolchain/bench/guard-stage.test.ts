import { describe, expect, it, onTestFinished } from 'vitest';
import { ActionChunk } from '../../../lib/action/action-chunk.js';
import { parseManifest } from '../../../lib/policy/manifest.js';
import type { AuditRecord } from '../../../lib/safety/audit/audit-sink.js';
import { guardLimits } from '../../../lib/toolchain/bench/guard-limits.js';
import { GuardStage } from '../../../lib/toolchain/bench/guard-stage.js';

const LIMITS = ['pan', 'lift'].map((name) => ({
  name,
  min: -2,
  max: 2,
  velocity: 2,
  acceleration: 5,
  jerk: 50,
}));

/** Waypoints of two joints and a gripper, 0.2 s each. */
function chunk(rows: readonly (readonly number[])[]): ActionChunk {
  const dims = ['pan', 'lift'].map((name) => ({ name, kind: 'joint' as const, unit: 'rad' }));
  return new ActionChunk({
    data: Float32Array.from(rows.flat()),
    dims: [...dims, { name: 'gripper', kind: 'gripper', unit: 'unit' }],
    secondsPerWaypoint: 0.2,
    capturedAt: 12_345,
    sequence: 3,
    frameFingerprint: 7,
  });
}

const SLOW = chunk([0, 1, 2, 3, 4].map((step) => [0.02 * step, 0.01 * step, 0]));

function stage(records: AuditRecord[] = []): GuardStage {
  const guards = new GuardStage(LIMITS, { append: (record) => void records.push(record) });
  onTestFinished(() => guards.dispose());
  return guards;
}

describe('the guard stage', () => {
  it('judges a chunk while the arm moves along the one before, and times both parts', async () => {
    const records: AuditRecord[] = [];
    const guards = stage(records);
    await guards.prepare(SLOW);
    const { outcome, guardMs, commandMs, why } = await guards.judge(SLOW);
    expect(outcome).toMatch(/^(pass|modify)$/);
    expect(why).toBeUndefined();
    expect(guardMs).toBeGreaterThan(0);
    expect(commandMs).toBeGreaterThanOrEqual(0);
    // A motion and a trial, then the same motion again, of which the judgement counts.
    expect(records.map(({ kind }) => kind)).toEqual(['decision', 'decision', 'decision', 'decision']);
    // In mid-motion there is something commanded to go on from, and the arm is on its way along it.
    // Between the last waypoint on the way and the first one of the chunk, with the gripper seen to.
    expect(records.at(-1)?.data).toMatchObject({
      input: {
        startProgress: expect.toSatisfy((progress: number) => progress > 2.5 && progress < 2.8),
        reference: {
          velocities: expect.toSatisfy((speeds: number[]) => speeds.every((speed) => speed > 0.01)),
        },
        memory: { gripper: { closed: false } },
      },
      output: { legs: [{}] },
    });
  });

  it('has no time for the command of a chunk that is refused, and says why it was', async () => {
    const guards = stage();
    await guards.prepare(SLOW);
    const { outcome, commandMs, why } = await guards.judge(chunk([[1.9, 0, 0]]));
    expect(outcome).toBe('reject');
    expect(commandMs).toBeUndefined();
    expect(why).toContain('pan');
  });

  it('judges a chunk from rest that asks for more than an arm in motion can do', async () => {
    const records: AuditRecord[] = [];
    const guards = stage(records);
    const sudden = chunk([0, 0.35, 0.4, 0.4, 0.4].map((angle) => [angle, 0, 0]));
    await guards.prepare(sudden);
    expect(records.map(({ data }) => data)).toMatchObject([{}, { output: { outcome: 'reject' } }]);
    expect((await guards.judge(sudden)).outcome).toMatch(/^(pass|modify)$/);
  });

  it('takes the same chunk as often as it comes, from one start after the other', async () => {
    const guards = stage();
    for (let pass = 0; pass < 8; pass++) {
      await guards.prepare(SLOW);
      expect((await guards.judge(SLOW)).outcome).toMatch(/^(pass|modify)$/);
    }
  });

  it('judges a chunk from within the limits when the one before leads out of them', async () => {
    const guards = stage();
    await guards.prepare(chunk([[5, 0, 0]]));
    expect(
      (
        await guards.judge(
          chunk([
            [1.99, 0, 0],
            [1.98, 0, 0],
          ]),
        )
      ).outcome,
    ).not.toBe('stop');
  });

  it('needs an arm in motion', async () => {
    await expect(stage().judge(SLOW)).rejects.toThrow('call prepare first');
  });
});

describe('the limits of the guard stage', () => {
  const manifest = (dims: readonly object[], groups?: readonly object[]) => {
    const { manifest: parsed } = parseManifest({
      schema: 'jetson-vla/policy',
      version: 1,
      id: 'test',
      inputs: { cameras: [{ id: 'front', resize: { h: 8, w: 8 } }] },
      stages: {
        kind: 'single',
        models: [
          {
            id: 'model',
            inputs: [{ name: 'image', dtype: 'float32', shape: [1, 8, 8, 3], from: 'camera:front' }],
            outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, dims.length] }],
            artifacts: [{ format: 'onnx', file: 'model.onnx', sha256: '0'.repeat(64) }],
          },
        ],
      },
      action: { dims, ...(groups && { groups }) },
      chunk: { dt: 0.1 },
    });
    return parsed;
  };
  const gripper = { name: 'gripper', unit: 'unit', gripper: { open: 0, closed: 1 } };

  it('are the position ranges of the policy in rad, and common speeds', () => {
    const limits = guardLimits(manifest([{ name: 'pan', unit: 'deg', limits: [-90, 90] }, gripper]));
    expect(limits).toEqual([
      { name: 'pan', min: -Math.PI / 2, max: Math.PI / 2, velocity: 2, acceleration: 5, jerk: 50 },
    ]);
  });

  it.each([
    ['no range', [{ name: 'pan', unit: 'rad' }], undefined, 'states no range for pan'],
    [
      'a unit of its own',
      [{ name: 'pan', unit: 'raw', limits: [0, 4095] }],
      undefined,
      'pan is no absolute joint',
    ],
    ['only a gripper', [gripper], undefined, 'moves no joints'],
    [
      'speeds of joints',
      [{ name: 'pan', unit: 'rad', limits: [-1, 1] }],
      [{ name: 'arm', slice: [0, 1], space: 'joint', quantity: 'velocity' }],
      'pan is no absolute joint',
    ],
  ])('are a reason with %s', (_, dims, groups, reason) => {
    expect(guardLimits(manifest(dims, groups))).toContain(reason);
  });
});
