import { describe, expect, it } from 'vitest';
import type { CheckerSource } from '../../lib/safety/collision/checker-source.js';
import type { Kinematics } from '../../lib/safety/collision/collision-checker.js';
import type { Models } from '../../lib/safety/curve-guards.js';
import { type ChunkInput, FRESH_MEMORY } from '../../lib/safety/decision.js';
import { judgeChunk } from '../../lib/safety/guard-pipeline.js';
import { safetyConfig } from '../../lib/safety/safety-config.js';
import type { SafetyOptions } from '../../lib/safety/safety-options.js';

const limits = [{ name: 'base', min: -1, max: 1, velocity: 8, acceleration: 80, jerk: 4000 }];

const good: ChunkInput = {
  type: 'chunk',
  nowMs: 1000,
  latch: { latched: null, resetAtMs: null },
  watchdogTrip: null,
  chunk: {
    sequence: 5,
    capturedAt: 950,
    secondsPerWaypoint: 0.2,
    shape: [1, 3, 2],
    jointNames: ['base'],
    jointUnits: ['rad'],
    inferenceMs: 20,
    frameFingerprint: 7,
  },
  waypoints: [0.05, 0.1, 0.15].map((base) => ({ joints: [base], gripper: null })),
  progress: 1,
  startMs: 1000,
  startProgress: 0,
  measured: { positions: [0], velocities: [0], stamp: 1000 },
  reference: null,
  expected: null,
  seen: [0],
  brakingS: 0,
  sceneStamp: null,
  restAtEach: false,
  most: null,
  memory: FRESH_MEMORY,
};

const none: Models = { collision: undefined, kinematics: undefined };

/** A wall at an angle, with 1 m of reach. */
function wallAt(angle: number): CheckerSource {
  return {
    reach: [1],
    ask: ([base = 0]) => ({
      environment: { distance: angle - base, a: 'arm', b: 'wall' },
      self: { distance: 1, a: '', b: '' },
    }),
  };
}

/** A tool at 1 m that turns with the base. */
const tool: Kinematics = {
  reach: [1],
  pointNames: ['tool'],
  points: ([base = 0]) => [[Math.cos(base), Math.sin(base), 0]],
};

async function judged(change: Partial<ChunkInput>, models = none, options: Partial<SafetyOptions> = {}) {
  const { kinematics } = models;
  const collision = models.collision && {
    reach: models.collision.reach,
    clearances: () => Promise.reject(new Error('the judge asks its source')),
  };
  const all = { limits, ...(kinematics && { kinematics }), ...(collision && { collision }), ...options };
  const { outcome, reasons, legs } = await judgeChunk(
    safetyConfig(all, ['base']),
    { ...good, ...change },
    models,
  );
  return { outcome, kinds: reasons.map(({ guard, kind }) => `${guard}/${kind}`), legs };
}

describe('the pipeline', () => {
  it('lets a good chunk pass bit for bit', async () => {
    const { outcome, kinds, legs } = await judged({});
    expect({ outcome, kinds }).toEqual({ outcome: 'pass', kinds: [] });
    expect(legs[0]?.points.map(({ timeS, positions }) => [timeS, positions[0]])).toEqual([
      [0, 0],
      [0.2, 0.05],
      [0.4, 0.1],
      [0.6000000000000001, 0.15],
    ]);
  });

  const reason = { guard: 'tracking', outcome: 'stop', kind: 'path-tolerance', message: 'lost' } as const;
  const waypoints = (...bases: number[]) => bases.map((base) => ({ joints: [base], gripper: null }));
  const frame = { fingerprint: 7, count: 1, positions: [0.5] };

  it.each<[string, string, Partial<ChunkInput>]>([
    ['reject', 'latch/latched', { latch: { latched: { reason, atMs: 900 }, resetAtMs: null } }],
    ['stop', 'watchdog/tripped', { watchdogTrip: 'missed heartbeats' }],
    ['reject', 'structure/structure', { waypoints: waypoints(Number.NaN) }],
    ['reject', 'observation/joints-stale', { measured: { ...good.measured, stamp: 850 } }],
    ['reject', 'observation/frozen-frame', { memory: { ...FRESH_MEMORY, frame } }],
    ['reject', 'chunk-age/out-of-order', { memory: { ...FRESH_MEMORY, sequence: 5 } }],
    ['reject', 'chunk-age/elapsed', { startProgress: 4 }],
    ['reject', 'start-continuity/start-gap', { expected: [0.2] }],
    [
      'reject',
      'start-continuity/jump',
      { waypoints: waypoints(0.9), progress: 0.5, chunk: { ...good.chunk, secondsPerWaypoint: 0.02 } },
    ],
    [
      'modify',
      'position-limits/clamped',
      { waypoints: waypoints(0.5, 1.03), chunk: { ...good.chunk, secondsPerWaypoint: 1 } },
    ],
    [
      'truncate',
      'position-limits/out-of-limits',
      { waypoints: waypoints(0.5, 1.2), chunk: { ...good.chunk, secondsPerWaypoint: 1 } },
    ],
    ['modify', 'dynamics/slowed', { waypoints: waypoints(0.6) }],
    [
      'reject',
      'dynamics/jerk',
      { waypoints: waypoints(0.1), chunk: { ...good.chunk, secondsPerWaypoint: 0.001 } },
    ],
  ])('%s: %s', async (outcome, kind, change) => {
    const verdict = await judged(change);
    expect(verdict).toMatchObject({ outcome, kinds: expect.arrayContaining([kind]) });
    if (outcome === 'reject' || outcome === 'stop') expect(verdict.legs).toEqual([]);
  });

  it('gives the gripper a leg of its own', async () => {
    const asks = good.waypoints.map((waypoint) => ({ ...waypoint, gripper: 1 }));
    const { legs } = await judged({ waypoints: asks });
    expect(legs.map(({ gripper }) => gripper)).toEqual([true, null]);
  });

  it('cuts a chunk that leaves the workspace', async () => {
    const workspace = { min: [-2, -2, -2], max: [2, 0.12, 2] } as const;
    const verdict = await judged({}, { ...none, kinematics: tool }, { workspace, maxTcpSpeed: false });
    expect(verdict).toMatchObject({ outcome: 'truncate', kinds: ['workspace/workspace-left'] });
    expect(verdict.legs[0]?.points).toHaveLength(3);
  });

  it('slows a tool that is too fast', async () => {
    const verdict = await judged({}, { ...none, kinematics: tool }, { maxTcpSpeed: 0.1 });
    expect(verdict).toMatchObject({ outcome: 'modify', kinds: ['workspace/tcp-speed'] });
    const [leg] = verdict.legs;
    expect(leg?.points.at(-1)?.timeS).toBeGreaterThan(1);
  });

  it('refuses what a guard lets run at a crawl only', async () => {
    const verdict = await judged({}, { ...none, kinematics: tool }, { maxTcpSpeed: 0.01 });
    expect(verdict).toMatchObject({ outcome: 'reject', kinds: ['workspace/tcp-speed'], legs: [] });
  });

  it('stops at the third chunk in a row that is none', async () => {
    const broken = { waypoints: [{ joints: [Number.NaN], gripper: null }] };
    const memory = { ...FRESH_MEMORY, structureRejects: 2 };
    expect(await judged({ ...broken, memory })).toMatchObject({
      outcome: 'stop',
      kinds: ['structure/structure', 'structure/three-in-a-row'],
    });
  });

  it('refuses to judge by an old scene', async () => {
    const models = { ...none, collision: wallAt(2) };
    expect(await judged({ sceneStamp: 400 }, models)).toMatchObject({
      outcome: 'reject',
      kinds: ['checker-health/scene-stale'],
    });
  });

  it('cuts a chunk before a collision', async () => {
    const verdict = await judged({}, { ...none, collision: wallAt(0.14) });
    expect(verdict).toMatchObject({ outcome: 'truncate', kinds: ['collision/collision-predicted'] });
    expect(verdict.legs[0]?.points).toHaveLength(3);
  });

  it('refuses one that would collide at once, and stops when it is too late to brake', async () => {
    const models = { ...none, collision: wallAt(0.03) };
    expect((await judged({}, models)).outcome).toBe('reject');
    expect((await judged({ brakingS: 5 }, models)).outcome).toBe('stop');
  });

  it('slows a motion that starts beside something that moves', async () => {
    const verdict = await judged(
      { sceneStamp: 1000 },
      { ...none, collision: wallAt(0.2) },
      { slowDistance: 0.5 },
    );
    expect(verdict).toMatchObject({ outcome: 'modify', kinds: ['distance/slowed'] });
  });
});
