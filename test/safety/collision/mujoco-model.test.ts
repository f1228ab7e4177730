import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkerSource } from '../../../lib/safety/collision/checker-source.js';
import { importMujoco, loadMujoco, type Mujoco } from '../../../lib/safety/collision/mujoco/load-mujoco.js';
import { fromQuaternion } from '../../../lib/safety/collision/mujoco/rigid-transform.js';
import { MujocoCollisionModel } from '../../../lib/safety/collision/mujoco-model.js';
import { sweptCollision } from '../../../lib/safety/collision/swept-collision.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { curves, uniform } from './planar-world.js';

const PICK_WORLD = readFileSync(new URL('../../../examples/sim/world.xml', import.meta.url), 'utf8');
const ARM = ['shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_roll', 'wrist_pitch', 'tool_roll'];
const HOME = [0, 0.03, 1.78, 0, 1.34, 0];
const FINGERS = { joints: ['left_finger', 'right_finger'], open: [0.04, 0.04], closed: [0, 0] };

/** Two joints, all kinds of shapes, a free block and a plate of 2 mm. */
const SHAPES = `<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="1 1 0.1" pos="0 0 -0.6"/>
    <geom name="pole" type="cylinder" size="0.05 0.4" pos="0.3 0.45 0"/>
    <geom name="plate" type="box" size="0.001 0.2 0.2" pos="0.1 -0.6 0"/>
    <geom name="egg" type="ellipsoid" size="0.1 0.05 0.15" pos="-0.5 0.3 0.1"/>
    <body name="post" pos="0.1 0 0">
      <geom name="post" type="cylinder" size="0.04 0.1"/>
      <body name="upper" pos="0 0 0.12">
        <joint name="one" axis="0 0 1" range="-3 3"/>
        <geom name="upper" type="capsule" fromto="0.05 0 0 0.3 0 0" size="0.03"/>
        <body name="lower" pos="0.33 0 0">
          <joint name="two" axis="0 1 0" range="-3 3"/>
          <geom name="lower" type="box" size="0.12 0.02 0.03" pos="0.15 0 0"/>
          <geom name="hand" type="sphere" size="0.04" pos="0.3 0 0"/>
          <site name="tip" pos="0.35 0 0"/>
        </body>
      </body>
    </body>
    <body name="ball" mocap="true" pos="0.6 0.6 0.6"><geom name="ball" size="0.08"/></body>
    <body name="block" pos="0.5 -0.3 -0.5"><freejoint/><geom name="block" type="box" size="0.03 0.03 0.03"/></body>
  </worldbody>
</mujoco>`;
const TWO = { jointNames: ['one', 'two'], points: ['tip', 'lower'] };
const angles = fc.tuple(uniform(-3, 3), uniform(-3, 3));

let mujoco: Mujoco;
let shapes: MujocoCollisionModel;
beforeAll(async () => {
  mujoco = await loadMujoco();
  shapes = await MujocoCollisionModel.load({ ...TWO, mjcf: SHAPES });
});
afterAll(() => shapes.dispose());

const loadPick = () =>
  MujocoCollisionModel.load({
    mjcf: PICK_WORLD,
    jointNames: ARM,
    points: ['tcp', 'forearm'],
    gripper: FINGERS,
  });

describe('MujocoCollisionModel: distances', () => {
  it('are those of the nearest pair, found by measuring all of them', () => {
    const model = mujoco.MjModel.from_xml_string(SHAPES);
    const data = new mujoco.MjData(model);
    const geom = (name: string) => mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM.value, name);
    const least = (ones: readonly string[], others: readonly string[]) =>
      Math.min(
        0.5,
        ...ones.flatMap((a) =>
          others.map((b) => mujoco.mj_geomDistance(model, data, geom(a), geom(b), 0.5, null)),
        ),
      );
    fc.assert(
      fc.property(angles, (joints) => {
        data.qpos.set(joints);
        mujoco.mj_kinematics(model, data);
        const { environment, self } = shapes.clearances(joints, undefined);
        const around = ['floor', 'pole', 'plate', 'egg', 'ball', 'block'];
        const wanted = least(['upper', 'lower', 'hand'], around);
        // 'upper' hangs on the post and 'lower' on 'upper': neighbours.
        // How deep two shapes overlap is found by a search that does not always end at the same depth.
        if (wanted > 0) expect(Math.abs(environment.distance - wanted)).toBeLessThan(1e-5);
        else expect(environment.distance).toBeLessThan(0);
        expect(Math.abs(self.distance - least(['post'], ['lower', 'hand']))).toBeLessThan(1e-5);
        expect(environment.distance).toBeLessThanOrEqual(Math.max(0, wanted));
      }),
      { numRuns: 500 },
    );
    data.delete();
    model.delete();
  });

  it('are never overstated between primitives, thin and large ones too: alternating projections bound them', async () => {
    const sizes: Record<string, readonly (readonly number[])[]> = {
      sphere: [[0.05]],
      capsule: [[0.03, 0.1]],
      cylinder: [[0.05, 0.08]],
      box: [
        [0.05, 0.08, 0.03],
        [0.001, 0.3, 0.3],
      ],
    };
    const kinds = Object.entries(sizes).flatMap(([kind, each]) => each.map((size) => ({ kind, size })));
    const number = uniform(-1, 1);
    const turned = fc
      .tuple(number, number, number, number)
      .filter((q) => Math.hypot(...q) > 0.1)
      .map(([w, x, y, z]) => {
        const norm = Math.hypot(w, x, y, z);
        return [w / norm, x / norm, y / norm, z / norm] as const;
      });
    const half = Math.SQRT1_2;
    const square = fc.constantFrom(
      [1, 0, 0, 0] as const,
      [half, half, 0, 0] as const,
      [half, 0, half, 0] as const,
    );
    const quaternion = fc.oneof(turned, square);
    const place = fc
      .tuple(number, number, number, fc.boolean())
      .map(([x, y, z, inLine]) => [inLine ? 0 : x / 4, y / 4, z / 4] as const);
    let worst = 0;
    for (const [first, one] of kinds.entries())
      for (const other of kinds.slice(first)) {
        const geom = ({ kind, size }: Primitive) => `<geom type="${kind}" size="${size.join(' ')}"/>`;
        using model = await MujocoCollisionModel.load({
          mjcf: `<mujoco><worldbody><body name="one"><joint name="turn"/>${geom(one)}</body>
            <body name="other" mocap="true">${geom(other)}</body></worldbody></mujoco>`,
          jointNames: ['turn'],
          points: ['one'],
          moving: ['other'],
          maxDistance: 2,
        });
        fc.assert(
          fc.property(place, quaternion, (position, turn) => {
            model.setObstacle('other', { position, quaternion: turn }, 0);
            const measured = model.clearances([0], undefined).environment.distance;
            const { rotation } = fromQuaternion(position, turn);
            const poses = [
              [0, 0, 0, ...position],
              [1, 0, 0, 0, 1, 0, 0, 0, 1, ...rotation],
            ] as const;
            worst = Math.max(worst, measured - projectedDistance(one, other, ...poses));
          }),
          { numRuns: 200 },
        );
      }
    expect(worst).toBeLessThan(1e-9);
  });

  it('leave out neighbours, excluded and allowed pairs, and what the arm cannot change', async () => {
    using strict = await loadPick();
    expect(strict.clearances([0, 1.0, 1.6, 0, 0.5, 0], 0).environment.distance).toBeLessThan(0);
    using lenient = await MujocoCollisionModel.load({
      mjcf: PICK_WORLD,
      jointNames: ARM,
      points: ['tcp'],
      allowed: [
        ['*', 'table'],
        ['*', 'block*'],
        ['wrist', '*_finger'],
        ['wrist', '*_pad'],
      ],
    });
    const { environment, self } = lenient.clearances(HOME, 0);
    expect(environment).toEqual({ distance: expect.closeTo(0.5, 5), a: '', b: '' });
    expect(self.distance).toBeGreaterThan(0.03);
  });

  it('take the fingers into account when the gripper is known', async () => {
    using pick = await loadPick();
    const beside = [0, 0.5, 1.9, 0, 0.7, 0];
    const open = pick.clearances(beside, 0).environment.distance;
    expect(pick.clearances(beside, 1).environment.distance).not.toBe(open);
    expect(pick.clearances(beside, undefined).environment.distance).not.toBe(open);
    expect(pick.clearances(beside, 0).environment.distance).toBe(open);
  });
});

describe('MujocoCollisionModel: motion', () => {
  it('has a reach that no point exceeds', () => {
    const model = mujoco.MjModel.from_xml_string(SHAPES);
    const data = new mujoco.MjData(model);
    const hand = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM.value, 'hand');
    // 0.33 m to the second axis, then 0.3 m to the hand and its radius; the tip is further out.
    expect(shapes.reach[0]).toBeGreaterThanOrEqual(0.33 + 0.35);
    expect(shapes.reach[0]).toBeLessThan(0.33 + 0.37);
    expect(shapes.reach[1]).toBeGreaterThanOrEqual(0.35);
    fc.assert(
      fc.property(angles, (joints) => {
        data.qpos.set(joints);
        mujoco.mj_kinematics(model, data);
        const [x = 0, y = 0] = [data.geom_xpos[3 * hand], data.geom_xpos[3 * hand + 1]];
        expect(Math.hypot(x - 0.1, y) + 0.04).toBeLessThanOrEqual((shapes.reach[0] ?? 0) + 1e-12);
      }),
      { numRuns: 100 },
    );
    data.delete();
    model.delete();
  });

  it('sweeps without missing what dense sampling finds', async () => {
    await fc.assert(
      fc.asyncProperty(curves(2), async (points) => {
        const start = shapes.clearances(points[0]?.positions ?? [], undefined);
        fc.pre(start.environment.distance > 0.021 && start.self.distance > 0.011);
        const result = await sweptCollision(points, undefined, checkerSource(shapes, { budgetMs: 1e6 }), {
          maxQueries: 5000,
        });
        const until = result.free ? (points.at(-1)?.timeS ?? 0) : result.freeUntilS;
        let least = Number.POSITIVE_INFINITY;
        for (let step = 0; step <= 200; step++) {
          const { environment, self } = shapes.clearances(
            sampleTrajectory(points, (until * step) / 200).positions,
            undefined,
          );
          least = Math.min(least, environment.distance - 0.02, self.distance - 0.01);
        }
        expect(least).toBeGreaterThanOrEqual(-1e-5);
      }),
      { numRuns: 50 },
    );
  });

  it('gives points in the frame of the base', () => {
    const [tip, lower] = shapes.points([0, 0]);
    expect(shapes.pointNames).toEqual(['tip', 'lower']);
    expect(tip).toEqual([expect.closeTo(0.68, 9), expect.closeTo(0, 9), expect.closeTo(0.12, 9)]);
    expect(lower).toEqual([expect.closeTo(0.33, 9), expect.closeTo(0, 9), expect.closeTo(0.12, 9)]);
    expect(shapes.points([Math.PI / 2, 0])[0]?.[1]).toBeCloseTo(0.68, 9);
  });
});

describe('MujocoCollisionModel: obstacles', () => {
  it('moves mocap and free bodies, and tells the stamp of the one heard of longest ago', async () => {
    using model = await MujocoCollisionModel.load({
      ...TWO,
      mjcf: SHAPES,
      moving: ['ball', 'block', 'crate'],
      obstacles: [{ name: 'crate', shape: 'box', size: [0.1, 0.1, 0.1], position: [0, 0, 5] }],
    });
    expect(model.sceneStamp?.()).toBe(Number.NEGATIVE_INFINITY);
    model.setObstacle('ball', { position: [0.55, 0, 0.3] }, 100);
    expect(model.clearances([0, 0], undefined).environment).toMatchObject({
      a: 'lower',
      b: 'ball',
      distance: expect.closeTo(0.18 - 0.08 - 0.03, 5),
    });
    model.setObstacle('block', { position: [0.55, 0, 0.2], quaternion: [0, 1, 0, 0] }, 200);
    expect(model.clearances([0, 0], undefined).environment).toMatchObject({
      b: 'block',
      distance: expect.closeTo(0.02, 5),
    });
    model.setObstacle('crate', { position: [0.55, 0, 0.12] }, 300);
    expect(model.clearances([0, 0], undefined).environment.distance).toBeLessThan(0);
    expect(model.sceneStamp?.()).toBe(100);
    expect(() => model.setObstacle('pole', { position: [0, 0, 0] }, 1)).toThrow(/not one of the moving/);
    expect(() => model.setObstacle('ball', { position: [0, Number.NaN, 0] }, 1)).toThrow(/finite position/);
    expect(() => model.setObstacle('ball', { position: [0, 0, 0], quaternion: [2, 0, 0, 0] }, 1)).toThrow(
      /unit/,
    );
    expect(() => model.setObstacle('ball', { position: [0, 0, 0] }, Number.NaN)).toThrow(/stamp/);
  });

  it('has no stamp when nothing moves', () => {
    expect(shapes.sceneStamp).toBeUndefined();
  });

  it('shares a model with a simulation, copies its poses, and leaves model and simulation alone', () => {
    const model = mujoco.MjModel.from_xml_string(SHAPES);
    const world = new mujoco.MjData(model);
    const checker = MujocoCollisionModel.fromModel(mujoco, model, { ...TWO, moving: ['block', 'ball'] });
    world.qpos.set([0.5, 0.5, 0.65, 0, 0.12, 1, 0, 0, 0]);
    const before = Array.from(world.qpos as Float64Array);
    checker.copyObstacles(world, 40);
    expect(checker.clearances([0, 0], undefined).environment).toMatchObject({ b: 'block' });
    expect(checker.clearances([0, 0], undefined).environment.distance).toBeLessThan(0);
    expect(checker.sceneStamp?.()).toBe(40);
    checker.dispose();
    checker.dispose();
    expect(Array.from(world.qpos as Float64Array)).toEqual(before);
    expect(Array.from(model.geom_margin as Float64Array).every((margin) => margin === 0)).toBe(true);
    mujoco.mj_kinematics(model, world);
    world.delete();
    model.delete();
  });

  it('counts what is carried as robot until it is put down', async () => {
    using model = await MujocoCollisionModel.load({ ...TWO, mjcf: SHAPES, moving: ['block'] });
    const reach = model.reach[1] ?? 0;
    model.setObstacle('block', { position: [0.85, 0, 0.12] }, 0);
    expect(model.clearances([0, 0], undefined).environment).toMatchObject({ a: 'hand', b: 'block' });
    model.attach('block', [0, 0]);
    expect(model.reach[1]).toBeGreaterThan(reach + 0.05);
    expect(model.clearances([0, 0], undefined).environment.b).not.toBe('block');
    // Straight down the block reaches 0.45 m below the axis, at height 0.12; the floor is at −0.6.
    const lowered = model.clearances([0, Math.PI / 2], undefined).environment;
    expect(lowered).toMatchObject({
      a: 'floor',
      b: 'block',
      distance: expect.closeTo(0.12 - 0.42 - 0.03 + 0.6, 5),
    });
    model.detach();
    expect(model.reach[1]).toBe(reach);
    expect(model.clearances([0, 0], undefined).environment).toMatchObject({ a: 'hand', b: 'block' });
    expect(() => model.attach('lower', [0, 0])).toThrow(/could carry/);
    expect(() => model.attach('nothing', [0, 0])).toThrow(/could carry/);
  });
});

describe('MujocoCollisionModel: sources', () => {
  const link = (name: string, shape: string, z = 0) =>
    `<link name="${name}"><collision><origin xyz="0 0 ${z}"/><geometry>${shape}</geometry></collision></link>`;
  const urdf = (
    shape: string,
  ) => `<robot name="r">${link('base_link', '<cylinder radius="0.1" length="0.2"/>')}
    ${link('arm', shape, 0.2)}<link name="tool0"/>
    <joint name="lift" type="revolute"><parent link="base_link"/><child link="arm"/><origin xyz="0 0 0.1"/><axis xyz="0 1 0"/>
    <limit lower="-2" upper="2" effort="1" velocity="1"/></joint>
    <joint name="tip" type="fixed"><parent link="arm"/><child link="tool0"/><origin xyz="0 0 0.4"/></joint></robot>`;
  const options = { jointNames: ['lift'], points: ['tool0'] };

  it('reads a URDF of primitives, whose base is no obstacle to its arm, and adds obstacles', async () => {
    using model = await MujocoCollisionModel.load({
      ...options,
      urdf: urdf('<cylinder radius="0.03" length="0.4"/>'),
      obstacles: [{ name: 'wall', shape: 'box', size: [0.01, 1, 1], position: [0.45, 0, 0] }],
    });
    expect(model.clearances([0], undefined).environment).toMatchObject({
      a: 'arm',
      b: 'wall',
      distance: expect.closeTo(0.41, 5),
    });
    expect(model.clearances([1.5], undefined).environment.distance).toBeGreaterThan(0);
    expect(model.points([0])[0]).toEqual([expect.closeTo(0, 9), 0, expect.closeTo(0.5, 9)]);
    expect(model.reach[0]).toBeGreaterThanOrEqual(Math.hypot(0.4, 0.03));
    using bare = await MujocoCollisionModel.load({ ...options, urdf: urdf('<box size="0.1 0.1 0.4"/>') });
    expect(bare.clearances([1], undefined)).toMatchObject({ environment: { b: '' }, self: { b: '' } });
  });

  it.each([
    [
      'a mesh that is not there',
      { ...options, urdf: urdf('<mesh filename="package://arm/a.stl"/>') },
      'MODEL_INVALID',
      /a\.stl/,
    ],
    ['text that is no model', { ...options, mjcf: '<mujoco' }, 'MODEL_INVALID', /XML/],
    [
      'a file that is not there',
      { ...options, mjcf: 'no/such/file.xml' },
      'INVALID_ARGUMENT',
      /cannot be read/,
    ],
    ['no model', options, 'INVALID_ARGUMENT', /either mjcf or urdf/],
    [
      'an unknown joint',
      { ...TWO, mjcf: SHAPES, jointNames: ['three'] },
      'INVALID_ARGUMENT',
      /no joint three/,
    ],
    ['no joint', { ...TWO, mjcf: SHAPES, jointNames: [] }, 'INVALID_ARGUMENT', /at least one joint/],
    [
      'an unknown point',
      { ...TWO, mjcf: SHAPES, points: ['nose'] },
      'INVALID_ARGUMENT',
      /no site or body nose/,
    ],
    ['no point', { ...TWO, mjcf: SHAPES, points: [] }, 'INVALID_ARGUMENT', /tool centre point/],
    [
      'an allowed name that matches nothing',
      { ...TWO, mjcf: SHAPES, allowed: [['hnad', 'floor'] as const] },
      'INVALID_ARGUMENT',
      /named hnad/,
    ],
    [
      'a moving body that is fixed',
      { ...TWO, mjcf: SHAPES, moving: ['post'] },
      'INVALID_ARGUMENT',
      /named post/,
    ],
    ['a distance of 0', { ...TWO, mjcf: SHAPES, maxDistance: 0 }, 'INVALID_ARGUMENT', /maxDistance/],
    [
      'a gripper joint that is not there',
      { ...TWO, mjcf: SHAPES, gripper: { joints: ['claw'], open: [0], closed: [1] } },
      'INVALID_ARGUMENT',
      /claw/,
    ],
    [
      'an obstacle without size',
      {
        ...TWO,
        mjcf: SHAPES,
        obstacles: [{ name: 'x', shape: 'box', size: [1], position: [0, 0, 0] } as const],
      },
      'INVALID_ARGUMENT',
      /3 sizes/,
    ],
    [
      'a slide without end',
      {
        jointNames: ['t'],
        points: ['s'],
        mjcf: '<mujoco><worldbody><body><joint name="t"/><geom size="0.1"/><body name="s"><joint type="slide"/><geom size="0.1"/></body></body></worldbody></mujoco>',
      },
      'INVALID_ARGUMENT',
      /needs a range/,
    ],
    [
      'a motor that moves two joints',
      {
        ...TWO,
        jointNames: ['one'],
        mjcf: SHAPES.replace('</mujoco>', '<equality><joint joint1="one" joint2="two"/></equality></mujoco>'),
      },
      'INVALID_ARGUMENT',
      /tied to/,
    ],
    [
      'a height field',
      {
        ...TWO,
        mjcf: SHAPES.replace(
          '<worldbody>',
          '<asset><hfield name="h" nrow="3" ncol="3" size="1 1 1 1"/></asset><worldbody><geom type="hfield" hfield="h"/>',
        ),
      },
      'INVALID_ARGUMENT',
      /height field/,
    ],
  ])('refuses %s', async (_, given, code, message) => {
    await expect(MujocoCollisionModel.load(given)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('says how to get MuJoCo when it is not installed', async () => {
    await expect(
      importMujoco(() => Promise.reject(new Error("Cannot find package '@mujoco/mujoco'"))),
    ).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE', hint: expect.stringMatching(/npm install/) });
  });

  it('loads MuJoCo once', async () => {
    expect(await loadMujoco()).toBe(mujoco);
  });
});

describe('MujocoCollisionModel: lifetime', () => {
  it('is disposed of once, and says so afterwards', async () => {
    const model = await MujocoCollisionModel.load({ ...TWO, mjcf: SHAPES });
    model.dispose();
    model.dispose();
    for (const use of [
      () => model.clearances([0, 0], 0),
      () => model.points([0, 0]),
      () => model.detach(),
      () => model.attach('block', [0, 0]),
    ])
      expect(use).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it.each([[[0]], [[0, 0, 0]], [[0, Number.NaN]]])('refuses the joints %j', (joints) => {
    expect(() => shapes.clearances(joints, undefined)).toThrow(/2 finite joint values/);
  });

  it("answers 20,000 questions without growing MuJoCo's heap", () => {
    const heap = () => shapes.clearances([0, 0], undefined) && heapBytes(mujoco);
    const before = heap();
    for (let index = 0; index < 20_000; index++) shapes.clearances([index / 1e4, -index / 2e4], 0.5);
    expect(heap()).toBe(before);
  });
});

/** Bytes of the WebAssembly memory: any view shows the whole of it. */
function heapBytes(module: Mujoco): number {
  const buffer = new module.DoubleBuffer(1);
  const view: Float64Array = buffer.GetView();
  const bytes = view.buffer.byteLength;
  buffer.delete();
  return bytes;
}

interface Primitive {
  readonly kind: string;
  readonly size: readonly number[];
}

/** Upper bound of the distance of two convex bodies: project from one to the other and back. */
function projectedDistance(
  one: Primitive,
  other: Primitive,
  positions: readonly number[],
  rotations: readonly number[],
): number {
  const onto = (shape: Primitive, index: number, point: readonly number[]): number[] => {
    const at = positions.slice(3 * index, 3 * index + 3);
    const m = rotations.slice(9 * index, 9 * index + 9);
    const d = point.map((value, axis) => value - (at[axis] ?? 0));
    const local = [0, 1, 2].map((c) => d.reduce((sum, value, r) => sum + value * (m[3 * r + c] ?? 0), 0));
    const near = nearestIn(shape, local);
    return [0, 1, 2].map((r) =>
      near.reduce((sum, value, c) => sum + value * (m[3 * r + c] ?? 0), at[r] ?? 0),
    );
  };
  let b = positions.slice(3, 6);
  let distance = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 200; round++) {
    const a = onto(one, 0, b);
    b = onto(other, 1, a);
    distance = Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
  }
  return distance;
}

function nearestIn({ kind, size }: Primitive, [x = 0, y = 0, z = 0]: readonly number[]): number[] {
  const [r = 0, half = 0] = size;
  const within = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value));
  if (kind === 'box') return [x, y, z].map((value, axis) => within(value, size[axis] ?? 0));
  const h = within(z, kind === 'sphere' ? 0 : half);
  const out = kind === 'cylinder' ? Math.hypot(x, y) : Math.hypot(x, y, z - h);
  const share = out > r ? r / out : 1;
  return [x * share, y * share, kind === 'cylinder' ? h : h + (z - h) * share];
}
