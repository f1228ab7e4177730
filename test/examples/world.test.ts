import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expertPick, expertRetreat, HORIZON, WAYPOINT_S } from '../../examples/sim/expert.js';
import { InferenceDelay } from '../../examples/sim/inference-delay.js';
import { forwardKinematics, inverseKinematics } from '../../examples/sim/kinematics.js';
import { RayCamera } from '../../examples/sim/ray-camera.js';
import { createScene, HOME_TCP, type Scene } from '../../examples/sim/scene.js';
import { SimStage } from '../../examples/sim/stage.js';
import type { Vec3 } from '../../examples/sim/vector.js';
import { FixedRate } from '../../lib/robot/fixed-rate.js';
import type { JointTrajectory } from '../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../lib/trajectory/sample-trajectory.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const stage = new SimStage();
const { world } = stage;
let { robot } = stage;
afterAll(() => stage[Symbol.dispose]());

/** Turns of the event loop: real work that takes no simulated time. */
async function turn(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await nextTurn();
}

const distance = (a: Vec3, b: Vec3) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

function reset(scene: Scene): void {
  stage.reset(scene);
  robot = stage.robot;
}

/** From where the arm was last sent, at rest there, to rest in the new place. */
function motionTo(joints: readonly number[], durationS: number): JointTrajectory {
  const zeros = joints.map(() => 0);
  const atRest = (timeS: number, positions: readonly number[]) => ({
    timeS,
    positions,
    velocities: zeros,
    accelerations: zeros,
  });
  return {
    startMs: robot.clock.now(),
    points: [atRest(0, world.jointTarget), atRest(durationS, joints)],
  };
}

async function moveTo(joints: readonly number[], durationS: number): Promise<void> {
  await robot.follow(motionTo(joints, durationS));
  await robot.clock.sleep(durationS * 1000);
}

async function followExpert(scene: Scene, target: number): Promise<boolean> {
  reset(scene);
  for (let chunk = 0; chunk < 25; chunk++) {
    for (const waypoint of expertPick(world, target).slice(0, 2)) {
      await moveTo(waypoint.slice(0, 6), WAYPOINT_S);
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
    reset(createScene(4));
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
    reset(createScene(7));
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
    reset(createScene(9));
    const before = process.memoryUsage().rss;
    for (let query = 0; query < 30_000; query++) world.contacts();
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});

describe('the expert', () => {
  beforeEach(() => reset(createScene(21)));

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
      for (const waypoint of expertRetreat(world).slice(0, 2)) await moveTo(waypoint.slice(0, 6), WAYPOINT_S);
    expect(distance(world.tcp(), HOME_TCP)).toBeLessThan(0.02);
    expect(world.heldBlock()).toBe(1);
  });
});

describe('the simulated robot', () => {
  beforeEach(() => reset(createScene(31)));

  it('follows a trajectory by itself: whoever sent it only waits', async () => {
    const target = inverseKinematics([0.35, 0.1, 0.2]);
    const trajectory = motionTo(target, 0.8);
    const before = robot.clock.now();
    await robot.follow(trajectory);
    expect(robot.clock.now()).toBe(before);
    let worst = 0;
    for (let tick = 1; tick <= 100; tick++) {
      await robot.clock.sleep(8);
      const { positions, stamp } = await robot.jointState();
      const planned = sampleTrajectory(trajectory.points, (stamp - trajectory.startMs) / 1000).positions;
      for (const [joint, angle] of positions.entries())
        worst = Math.max(worst, Math.abs(angle - (planned[joint] ?? Number.NaN)));
    }
    expect(worst).toBeLessThan(0.01);
    await robot.clock.sleep(300);
    const { positions, velocities } = await robot.jointState();
    for (const [joint, angle] of positions.entries()) expect(angle).toBeCloseTo(target[joint] ?? 0, 3);
    for (const velocity of velocities) expect(velocity).toBeCloseTo(0, 3);
  });

  it('goes on with the old motion until the new one starts', async () => {
    const home = world.joints()[0] ?? 0;
    const away = motionTo([home + 0.4, ...world.jointTarget.slice(1)], 0.4);
    await robot.follow(away);
    const later = { startMs: away.startMs + 600, points: [...away.points].reverse() };
    const back = later.points.map((point, index) => ({ ...point, timeS: 0.4 * index }));
    await robot.follow({ ...later, points: back });
    await robot.clock.sleep(500);
    expect(world.joints()[0]).toBeCloseTo(home + 0.4, 2);
    await robot.clock.sleep(600);
    expect(world.joints()[0]).toBeCloseTo(home, 2);
  });

  it('has a clock that resets of its world do not set back, and forgets its motion with them', async () => {
    await robot.follow(motionTo(inverseKinematics([0.45, 0.15, 0.1]), 2));
    await robot.clock.sleep(100);
    const before = robot.clock.now();
    world.reset(createScene(32));
    expect(robot.clock.now()).toBe(before);
    const home = world.joints();
    await robot.clock.sleep(500);
    for (const [joint, angle] of world.joints().entries()) expect(angle).toBeCloseTo(home[joint] ?? 0, 3);
  });

  it('stops half-way when told to, and stays there', async () => {
    const home = world.joints();
    await robot.follow(motionTo(inverseKinematics([0.45, 0.15, 0.1]), 2));
    await robot.clock.sleep(400);
    await robot.stop();
    const stopped = world.joints();
    expect(Math.abs((stopped[0] ?? 0) - (home[0] ?? 0))).toBeLessThan(0.2);
    await robot.clock.sleep(500);
    for (const [joint, angle] of world.joints().entries()) expect(angle).toBeCloseTo(stopped[joint] ?? 0, 1);
  });

  it('moves its fingers while the arm goes on, and gives up waiting for them when the signal fires', async () => {
    const home = world.joints()[0] ?? 0;
    await robot.follow(motionTo([home + 0.4, ...world.jointTarget.slice(1)], 0.4));
    await Promise.all([robot.gripper.close(), robot.clock.sleep(500)]);
    expect(world.joints()[0]).toBeCloseTo(home + 0.4, 2);
    expect(world.gripperClosed).toBe(true);
    const before = robot.clock.now();
    await robot.gripper.close();
    expect(robot.clock.now()).toBe(before);
    const abort = new AbortController();
    const opening = robot.gripper.open(abort.signal);
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
    await robot.gripper.open();
  });

  it('repeats exactly what concurrent sleepers did: a control loop beside a slow inference', async () => {
    const histories = [];
    for (let run = 0; run < 2; run++) {
      reset(createScene(33));
      const log: (number | readonly number[])[] = [];
      const engine = {
        infer: async () => turn(2).then(() => chunkOf(new FakeRobot(), [[0, 0, 0, 0, 0, 0, 0]])),
      };
      const delayed = new InferenceDelay(engine, robot.clock, 37);
      const inferences = async () => {
        for (let count = 0; count < 5; count++) {
          await delayed.infer(await robot.camera.capture());
          log.push(robot.clock.now());
          await robot.follow(motionTo(inverseKinematics([0.3 + 0.02 * count, 0.1, 0.2]), 0.3));
        }
      };
      const control = async () => {
        const rate = new FixedRate(robot.clock, 50);
        for (let tick = 0; tick < 30; tick++) {
          await rate.next();
          log.push(robot.clock.now(), (await robot.jointState()).positions);
        }
      };
      await Promise.all([inferences(), control()]);
      histories.push(log);
    }
    expect(histories[0]).toContain(37);
    expect(histories[0]?.length).toBeGreaterThan(60);
    expect(histories[0]).toEqual(histories[1]);
  });
});

describe('an inference with a delay', () => {
  it('sees the world of its call, and answers that much later while the robot goes on', async () => {
    reset(createScene(34));
    const answer = chunkOf(new FakeRobot(), [[0, 0, 0, 0, 0, 0, 0]]);
    const asked: number[] = [];
    const infer = async () => {
      asked.push(robot.clock.now());
      await turn(20);
      asked.push(robot.clock.now());
      return answer;
    };
    const before = robot.clock.now();
    const slept = robot.clock.sleep(10);
    const delayed = new InferenceDelay({ infer }, robot.clock, 200);
    const chunk = await delayed.infer(await robot.camera.capture());
    expect(chunk.toFloat32Array()).toEqual(answer.toFloat32Array());
    expect(chunk).toMatchObject({
      sequence: answer.sequence,
      capturedAt: answer.capturedAt,
      dims: answer.dims,
    });
    expect(chunk.timing?.totalMs).toBe(200);
    expect(asked).toEqual([before, before]);
    expect(robot.clock.now()).toBe(before + 200);
    await slept;
  });

  it('can be cancelled while it waits, and passes errors on at once', async () => {
    const before = robot.clock.now();
    const abort = new AbortController();
    const slow = new InferenceDelay(
      { infer: async () => chunkOf(new FakeRobot(), [[0, 0]]) },
      robot.clock,
      1e6,
    );
    setImmediate(() => abort.abort());
    const frame = await robot.camera.capture();
    await expect(slow.infer(frame, '', { signal: abort.signal })).rejects.toBeInstanceOf(Error);
    const broken = new InferenceDelay({ infer: () => Promise.reject(new Error('no')) }, robot.clock, 100);
    await expect(broken.infer(frame)).rejects.toThrow('no');
    expect(robot.clock.now()).toBe(before);
  });
});

describe('faults of the simulated robot', () => {
  beforeEach(() => reset(createScene(35)));
  afterEach(() => robot.faults.clear());

  it('stall a joint, and no other', async () => {
    const home = world.joints();
    const target = world.jointTarget.map((angle) => angle + 0.2);
    await robot.follow(motionTo(target, 0.5));
    await robot.clock.sleep(252);
    robot.faults.stallJoint(2);
    const halfway = world.joints()[2] ?? 0;
    expect(halfway - (home[2] ?? 0)).toBeGreaterThan(0.05);
    await robot.clock.sleep(700);
    for (const [joint, angle] of world.joints().entries())
      expect(angle).toBeCloseTo(joint === 2 ? halfway : (target[joint] ?? 0), 1.5);
    expect(Math.abs((target[2] ?? 0) - (world.joints()[2] ?? 0))).toBeGreaterThan(0.05);
  });

  it('tell joints from elsewhere, or late under their true stamps', async () => {
    robot.faults.teleport([0.3]);
    const { positions } = await robot.jointState();
    expect(positions[0]).toBeCloseTo((world.joints()[0] ?? 0) + 0.3, 9);
    expect(positions[1]).toBe(world.joints()[1]);
    robot.faults.clear();

    robot.faults.delayState(150);
    await robot.follow(motionTo(inverseKinematics([0.4, 0.1, 0.2]), 0.5));
    const truth = new Map<number, readonly number[]>();
    for (let tick = 0; tick < 20; tick++) {
      truth.set(robot.clock.now(), world.joints());
      const told = await robot.jointState();
      expect(told.positions).toEqual(truth.get(told.stamp));
      if (tick >= 8) expect(robot.clock.now() - told.stamp).toBe(160);
      await robot.clock.sleep(20);
    }
  });

  it('freeze the camera’s picture, with or without its stamp', async () => {
    robot.faults.freezeCamera();
    const frozen = await robot.camera.capture();
    await robot.follow(motionTo(inverseKinematics([0.4, 0.1, 0.15]), 0.5));
    await robot.clock.sleep(600);
    const repeated = await robot.camera.capture();
    expect(repeated.data).toEqual(frozen.data);
    expect(repeated.capturedAt).toBe(robot.clock.now());
    robot.faults.freezeCamera({ stamps: true });
    const stamped = await robot.camera.capture();
    expect(stamped.data).not.toEqual(frozen.data);
    await robot.clock.sleep(100);
    expect(await robot.camera.capture()).toEqual(stamped);
    robot.faults.clear();
    expect((await robot.camera.capture()).capturedAt).toBe(robot.clock.now());
  });
});

describe('the obstacle', () => {
  it('is known to the collision checker where it is, under the stamps of each episode’s own clock', async () => {
    using other = new SimStage({ obstacle: true });
    other.reset(createScene(36));
    await other.robot.clock.sleep(5000);
    for (let episode = 0; episode < 2; episode++) {
      other.reset(createScene(36));
      await other.robot.clock.sleep(100);
      expect(other.collision.sceneStamp?.()).toBe(100);
      const joints = other.world.joints();
      expect(other.collision.clearances(joints).environment.distance).toBeGreaterThan(0.05);
      other.world.moveObstacle(other.world.tcp());
      const { distance: gap, a, b } = other.collision.clearances(joints).environment;
      expect(gap).toBeLessThan(0);
      expect([a, b]).toContain('obstacle');
    }
    expect(stage.collision.sceneStamp).toBeUndefined();
  });

  it('changes neither the picture nor the physics while it is parked, and both while it is there', async () => {
    using other = new SimStage({ obstacle: true });
    const scene = createScene(36);
    const run = async (at: SimStage, obstacle: Vec3 | undefined) => {
      at.world.reset(scene);
      if (obstacle) at.world.moveObstacle(obstacle);
      await at.robot.gripper.close();
      const { data } = await at.robot.camera.capture();
      return { data, state: [...at.world.data.qpos], contacts: at.world.contacts() };
    };
    const plain = await run(stage, undefined);
    expect(await run(other, undefined)).toEqual(plain);
    const [x, y, z] = world.tcp();
    const blocked = await run(other, [x, y, z - 0.04]);
    expect(blocked.data).not.toEqual(plain.data);
    expect(blocked.contacts.some(({ a, b }) => a === 'obstacle' || b === 'obstacle')).toBe(true);
    other.world.moveObstacle(undefined);
    expect(await run(other, undefined)).toEqual(plain);
  });
});

describe('the collision checker', () => {
  it('finds the arm free at home and its fingers in the table when sent below it', () => {
    reset(createScene(41));
    expect(stage.collision.clearances(world.joints()).environment.distance).toBeGreaterThan(0.05);
    const { environment } = stage.collision.clearances(inverseKinematics([0.35, 0, -0.01]));
    expect(environment.distance).toBeLessThan(0);
    expect([environment.a, environment.b]).toContain('table');
  });

  it('predicts without moving the world', () => {
    reset(createScene(42));
    const before = [...world.data.qpos];
    stage.collision.clearances(inverseKinematics([0.4, 0.1, -0.02]));
    expect([...world.data.qpos]).toEqual(before);
  });

  it('does not call the grasp a collision', async () => {
    await followExpert(createScene(43), 0);
    const { environment, self } = stage.collision.clearances(world.joints());
    expect(Math.min(environment.distance, self.distance)).toBeGreaterThan(0);
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
    reset({
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
      reset({ ...scene, homeTcp: [0.15, 0, 0.4], lighting });
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
    reset(scene);
    const first = await robot.camera.capture();
    expect(first.capturedAt).toBe(robot.clock.now());
    reset(scene);
    expect((await robot.camera.capture()).data).toEqual(first.data);
    await robot.clock.sleep(8);
    expect((await robot.camera.capture()).data).not.toEqual(first.data);
  });
});
