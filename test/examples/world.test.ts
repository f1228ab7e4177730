import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { expertPick, expertRetreat, HORIZON, WAYPOINT_S } from '../../examples/sim/expert.js';
import { forwardKinematics, inverseKinematics } from '../../examples/sim/kinematics.js';
import { RayCamera } from '../../examples/sim/ray-camera.js';
import { createScene, HOME_TCP, type Scene } from '../../examples/sim/scene.js';
import { SimStage } from '../../examples/sim/stage.js';
import type { Vec3 } from '../../examples/sim/vector.js';

const stage = new SimStage();
const { world, robot } = stage;
afterAll(() => stage[Symbol.dispose]());

const distance = (a: Vec3, b: Vec3) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

async function followExpert(scene: Scene, target: number): Promise<boolean> {
  world.reset(scene);
  for (let chunk = 0; chunk < 25; chunk++) {
    for (const waypoint of expertPick(world, target).slice(0, 2)) {
      await robot.moveTo(waypoint.slice(0, 6), WAYPOINT_S);
      const close = (waypoint[6] ?? 0) > 0.5;
      if (close !== world.gripperClosed) await (close ? robot.gripper.close() : robot.gripper.open());
    }
    if (world.heldBlock() === target && world.blockPosition(target)[2] > 0.07) return true;
  }
  return false;
}

describe('the arm’s kinematics', () => {
  it('reach every point above the table that inverse kinematics is asked for', () => {
    const coordinate = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(coordinate(0.2, 0.5), coordinate(-0.2, 0.2), coordinate(0.02, 0.3), (x, y, z) => {
        expect(distance(forwardKinematics(inverseKinematics([x, y, z])), [x, y, z])).toBeLessThan(1e-9);
      }),
    );
  });

  it('agree with the simulated arm', () => {
    world.reset(createScene(4));
    expect(distance(forwardKinematics(world.joints()), world.tcp())).toBeLessThan(1e-3);
    expect(distance(world.tcp(), HOME_TCP)).toBeLessThan(5e-3);
  });
});

describe('the world', () => {
  it('repeats an episode exactly for the same seed', async () => {
    const states = [];
    for (let run = 0; run < 2; run++) {
      await followExpert(createScene(11), 1);
      states.push([world.joints(), world.blockPosition(1), world.time]);
    }
    expect(states[0]).toEqual(states[1]);
  });

  it('lets the expert lift any block of any scene', async () => {
    for (let seed = 100; seed < 112; seed++)
      expect(await followExpert(createScene(seed), seed % 3)).toBe(true);
  });

  it('says which block the fingers hold, and none when they hold nothing', async () => {
    world.reset(createScene(7));
    expect(world.heldBlock()).toBeUndefined();
    await robot.gripper.close();
    expect(world.heldBlock()).toBeUndefined();
    expect(await robot.gripper.isGripping()).toBe(false);
    expect(await followExpert(createScene(7), 2)).toBe(true);
    expect(world.heldBlock()).toBe(2);
    expect(await robot.gripper.isGripping()).toBe(true);
    await robot.gripper.open();
    expect(await robot.gripper.isGripping()).toBe(false);
  });

  it('holds a lifted block for five seconds', async () => {
    expect(await followExpert(createScene(8), 0)).toBe(true);
    const height = world.blockPosition(0)[2];
    await robot.clock.sleep(5000);
    expect(world.heldBlock()).toBe(0);
    expect(world.blockPosition(0)[2]).toBeGreaterThan(height - 0.01);
  });

  it('keeps its memory over many contact queries', () => {
    world.reset(createScene(9));
    const before = process.memoryUsage().rss;
    for (let query = 0; query < 30_000; query++) world.contacts();
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});

describe('the expert', () => {
  beforeEach(() => world.reset(createScene(21)));

  it('answers with chunks of five waypoints of six joints and a gripper within 0 and 1', () => {
    for (const chunk of [...[0, 1, 2].map((block) => expertPick(world, block)), expertRetreat(world)]) {
      expect(chunk).toHaveLength(HORIZON);
      for (const waypoint of chunk) {
        expect(waypoint).toHaveLength(7);
        expect(waypoint.every(Number.isFinite)).toBe(true);
        expect([0, 1]).toContain(waypoint[6]);
      }
    }
  });

  it('goes home from anywhere when it retreats, and lets nothing go', async () => {
    await followExpert(createScene(22), 1);
    for (let chunk = 0; chunk < 40; chunk++)
      for (const waypoint of expertRetreat(world).slice(0, 2))
        await robot.moveTo(waypoint.slice(0, 6), WAYPOINT_S);
    expect(distance(world.tcp(), HOME_TCP)).toBeLessThan(0.02);
    expect(world.heldBlock()).toBe(1);
  });
});

describe('the simulated robot', () => {
  beforeEach(() => world.reset(createScene(31)));

  it('arrives where it was sent, in the time it was given', async () => {
    const target = inverseKinematics([0.35, 0.1, 0.2]);
    const before = robot.clock.now();
    await robot.moveTo(target, 0.8);
    expect(robot.clock.now() - before).toBeCloseTo(800, 6);
    await robot.clock.sleep(300);
    const { positions } = await robot.jointState();
    for (const [joint, angle] of positions.entries()) expect(angle).toBeCloseTo(target[joint] ?? 0, 2);
  });

  it('has a clock that resets do not set back', async () => {
    await robot.clock.sleep(100);
    const before = robot.clock.now();
    world.reset(createScene(32));
    expect(robot.clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('stops half-way when the signal fires, and stays there', async () => {
    const abort = new AbortController();
    const home = world.joints();
    const film = new SimStage({ onStep: () => film.world.time > 0.4 && abort.abort() });
    try {
      film.world.reset(createScene(31));
      const target = inverseKinematics([0.45, 0.15, 0.1]);
      await expect(film.robot.moveTo(target, 2, abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
      const stopped = film.world.joints();
      expect(Math.abs((stopped[0] ?? 0) - (home[0] ?? 0))).toBeLessThan(0.2);
      await film.robot.clock.sleep(500);
      for (const [joint, angle] of film.world.joints().entries())
        expect(angle).toBeCloseTo(stopped[joint] ?? 0, 1);
    } finally {
      film[Symbol.dispose]();
    }
  });
});

describe('the collision checker', () => {
  it('finds the arm free at home and in the table when sent below it', () => {
    world.reset(createScene(41));
    expect(stage.collision.check(world.joints())).toEqual([]);
    const below = stage.collision.check(inverseKinematics([0.35, 0, -0.01]));
    expect(below.length).toBeGreaterThan(0);
    expect(below.every(({ a, b, depth }) => [a, b].includes('table') && depth > 0)).toBe(true);
  });

  it('predicts without moving the world', () => {
    world.reset(createScene(42));
    const before = [...world.data.qpos];
    stage.collision.check(inverseKinematics([0.4, 0.1, -0.02]));
    expect([...world.data.qpos]).toEqual(before);
  });

  it('does not call the grasp a collision', async () => {
    await followExpert(createScene(43), 0);
    expect(stage.collision.check(world.joints())).toEqual([]);
  });
});

describe('the ray camera', () => {
  const colorAt = (pixels: Uint8Array, x: number, y: number) => [
    ...pixels.slice(3 * (128 * y + x), 3 * (128 * y + x) + 3),
  ];

  it('sees each block in its colour, where it stands', () => {
    // Straight down from 1 m with a field of view of 53.13°, a pixel is 1/128 m.
    const pose = { position: [0.37, 0, 1.02] as Vec3, lookAt: [0.3701, 0, 0] as Vec3 };
    using camera = new RayCamera(world, { width: 128, height: 128, fovY: 53.130102, pose });
    const scene = createScene(51);
    world.reset({
      ...scene,
      homeTcp: [0.15, 0, 0.4],
      lighting: { ...scene.lighting, ambient: 1, diffuse: 0 },
    });
    const pixels = camera.render();
    for (const block of scene.blocks) {
      const across = Math.round(64 - block.position[1] * 128);
      const down = Math.round(64 - (block.position[0] - 0.37) * 128);
      const seen = colorAt(pixels, across, down);
      for (const [channel, value] of block.rgb.entries())
        expect(seen[channel]).toBeCloseTo(Math.floor(255 * value), -1);
    }
  });

  it('casts shadows: the table behind a block is as dark as the ambient light, and bright under another lamp', () => {
    const pose = { position: [0.37, 0, 1.02] as Vec3, lookAt: [0.3701, 0, 0] as Vec3 };
    using camera = new RayCamera(world, { width: 128, height: 128, fovY: 53.130102, pose });
    const scene = createScene(52);
    const [x, y] = scene.blocks[0].position;
    const tableBehindBlock = (lamp: Vec3) => {
      const lighting = { position: lamp, ambient: 0.1, diffuse: 0.9 };
      world.reset({ ...scene, homeTcp: [0.15, 0, 0.4], lighting });
      const across = Math.round(64 - y * 128);
      const down = Math.round(64 - (x - 0.045 - 0.37) * 128);
      return colorAt(camera.render(), across, down)[0] ?? Number.NaN;
    };
    // The table's red is 0.7: 18 of 255 in ambient light alone, about 180 with the lamp straight above.
    expect(tableBehindBlock([x + 0.5, y, 0.5])).toBeLessThan(25);
    expect(tableBehindBlock([x, y, 1.5])).toBeGreaterThan(150);
  });

  it('stamps frames with the robot’s clock and repeats its noise for the same moment', async () => {
    const scene = { ...createScene(53), pixelNoise: 8 };
    world.reset(scene);
    const first = await robot.camera.capture();
    expect(first.capturedAt).toBe(robot.clock.now());
    world.reset(scene);
    expect((await robot.camera.capture()).data).toEqual(first.data);
    await robot.clock.sleep(8);
    expect((await robot.camera.capture()).data).not.toEqual(first.data);
  });
});
