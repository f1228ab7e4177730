import type { WorkspaceBox } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { HOME_TCP } from '../../../examples/sim/scene.js';
import { FaultStage, toolRows } from './fault-stage.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

const HUGE = 10;
type Triple = [number, number, number];

/** The tool goes 2 cm per waypoint in that direction. */
function away(axis: number, side: 1 | -1) {
  const places = [1, 2, 3, 4, 5].map((k) => {
    const place: Triple = [...HOME_TCP];
    place[axis] = (place[axis] ?? 0) + side * 0.02 * k;
    return place;
  });
  return toolRows(places);
}

/** How far out the farthest point of the arm is. */
function extreme(joints: readonly number[], axis: number, side: 1 | -1): number {
  const points = stage.sim.collision.points(joints.slice(0, 6));
  return Math.max(...points.map((point) => side * (point[axis] ?? Number.NaN)));
}

/** All of space but what lies beyond one face. */
function boxWithFace(axis: number, side: 1 | -1, at: number): WorkspaceBox {
  const min: Triple = [-HUGE, -HUGE, -HUGE];
  const max: Triple = [HUGE, HUGE, HUGE];
  (side > 0 ? max : min)[axis] = side * at;
  return { min, max };
}

const FACES = [
  ['x min', 0, -1],
  ['x max', 0, 1],
  ['y min', 1, -1],
  ['y max', 1, 1],
  ['z min', 2, -1],
  ['z max', 2, 1],
] as const;

describe('workspace', () => {
  it.each(FACES)('the face %s cuts a chunk that leaves through it', async (face, axis, side) => {
    const rows = away(axis, side);
    const [, , third = [], fourth = []] = rows;
    stage.begin();
    const at = (extreme(third, axis, side) + extreme(fourth, axis, side)) / 2;
    expect(extreme(fourth, axis, side)).toBeGreaterThan(extreme(third, axis, side) + 0.005);
    const executor = stage.executor({ workspace: boxWithFace(axis, side, at) });
    let farthest = Number.NEGATIVE_INFINITY;
    stage.onStep = () => {
      farthest = Math.max(farthest, extreme(stage.sim.world.joints(), axis, side));
    };
    const outcome = await executor.execute(stage.chunk(rows));
    expect(outcome).toMatchObject({
      outcome: 'truncate',
      stopped: true,
      waypointsRun: 3,
      reason: { code: 'WORKSPACE_LEFT' },
    });
    expect(outcome.reasons.find(({ kind }) => kind === 'workspace-left')?.message).toContain(
      face.slice(0, 1),
    );
    await stage.robot.clock.sleep(200);
    expect(farthest).toBeLessThan(at);
    expect(stage.speed()).toBeLessThan(0.01);
  });

  it('a chunk whose first waypoint is outside is refused', async () => {
    const rows = away(1, 1).slice(2);
    stage.begin();
    const executor = stage.executor({ workspace: boxWithFace(1, 1, 0.03) });
    expect(await executor.execute(stage.chunk(rows, { secondsPerWaypoint: 0.5 }))).toMatchObject({
      outcome: 'reject',
      reason: { code: 'WORKSPACE_LEFT' },
    });
    expect(stage.robot.commands).toEqual([]);
  });

  it('an arm that starts outside may come back, and not go on', async () => {
    stage.begin();
    const workspace = boxWithFace(1, 1, -0.01);
    const out = await stage.executor({ workspace }).execute(stage.chunk(away(1, 1)));
    expect(out).toMatchObject({ outcome: 'reject', reason: { code: 'WORKSPACE_LEFT' } });
    const back = await stage.executor({ workspace }).execute(stage.chunk(away(1, -1)));
    expect(back).toMatchObject({ stopped: false, waypointsRun: 5 });
  });

  it('forward kinematics that fail are refused', async () => {
    stage.begin();
    const { collision } = stage.sim;
    for (const points of [
      () => {
        throw new Error('no model');
      },
      () => collision.pointNames.map(() => [Number.NaN, 0, 0] as const),
    ]) {
      const kinematics = { reach: collision.reach, pointNames: collision.pointNames, points };
      const outcome = await stage
        .executor({ kinematics, maxTcpSpeed: false })
        .execute(stage.chunk(away(1, 1)));
      expect(outcome).toMatchObject({ outcome: 'reject' });
    }
    expect(stage.robot.commands).toEqual([]);
  });
});

describe('tool speed', () => {
  const run = async (maxTcpSpeed: number | false) => {
    const executor = stage.begin({ maxTcpSpeed });
    const { world } = stage.sim;
    let fastest = 0;
    let last = world.tcp();
    stage.onStep = () => {
      const tool = world.tcp();
      const way = Math.hypot(...tool.map((value, axis) => value - (last[axis] ?? 0)));
      fastest = Math.max(fastest, way / world.timestep);
      last = tool;
    };
    // 0.4 m/s.
    const outcome = await executor.execute(stage.chunk(away(1, 1), { secondsPerWaypoint: 0.05 }));
    return { outcome, fastest };
  };

  it('is kept by slowing the whole motion', async () => {
    const { outcome, fastest } = await run(0.25);
    expect(outcome).toMatchObject({ outcome: 'modify', waypointsRun: 5 });
    expect(outcome.reasons.map(({ kind }) => kind)).toContain('tcp-speed');
    expect(outcome.timeScale).toBeLessThan(0.8);
    // The servo overtakes its reference a little.
    expect(fastest).toBeLessThan(0.25 * 1.05);
    expect(fastest).toBeGreaterThan(0.2);
  });

  it('would have been exceeded without the guard', async () => {
    const { outcome, fastest } = await run(false);
    expect(outcome.reasons.map(({ kind }) => kind)).not.toContain('tcp-speed');
    expect(fastest).toBeGreaterThan(0.4);
  });
});
