import type { MjModel } from '@mujoco/mujoco';
import type { Mujoco } from './load-mujoco.js';

export interface JointEntry {
  readonly name: string;
  readonly type: 'free' | 'ball' | 'slide' | 'hinge';
  readonly body: number;
  readonly qpos: number;
  readonly anchor: readonly [number, number, number];
  readonly axis: readonly [number, number, number];
  /** Range relative to the model's own pose, rad or m; undefined when it has no end. */
  readonly range: readonly [number, number] | undefined;
}

export interface BodyEntry {
  readonly name: string;
  readonly parent: number;
  /** The body that it is rigidly fixed to, possibly itself; 0 when it does not move. */
  readonly weld: number;
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly number[];
  /** Index among the mocap bodies, −1 for none. */
  readonly mocap: number;
  readonly joints: readonly number[];
  readonly children: readonly number[];
  readonly geoms: readonly number[];
}

export interface GeomEntry {
  /** Its own name, else its body's. */
  readonly name: string;
  readonly type: number;
  readonly body: number;
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly number[];
  /** Box around the geom in its own frame: centre, half sizes. */
  readonly box: readonly number[];
  /** Radius of the sphere around the geom's position that holds it. */
  readonly radius: number;
  readonly contype: number;
  readonly conaffinity: number;
}

/** What never changes of a compiled model, copied out of the WebAssembly heap. */
export interface ModelTables {
  readonly bodies: readonly BodyEntry[];
  readonly joints: readonly JointEntry[];
  readonly geoms: readonly GeomEntry[];
  /** Pairs of bodies that the model excludes, pairs of geoms that it names, as `low * 65536 + high`. */
  readonly excluded: ReadonlySet<number>;
  readonly wanted: ReadonlySet<number>;
  /** Whether neighbours in the body tree are left out. */
  readonly filterParent: boolean;
  /** Pairs of joints that an equality ties together; −1 for a joint that is held fixed. */
  readonly coupled: readonly (readonly [number, number])[];
}

const JOINT_TYPES = ['free', 'ball', 'slide', 'hinge'] as const;

export function pairKey(a: number, b: number): number {
  return Math.min(a, b) * 65536 + Math.max(a, b);
}

export function readTables(mujoco: Mujoco, model: MjModel): ModelTables {
  // Copies: a view dies when the heap grows.
  const floats = (view: Float64Array): number[] => Array.from(view);
  const ints = (view: Int32Array): number[] => Array.from(view);
  const vec = (values: readonly number[], index: number): [number, number, number] => [
    values[3 * index] ?? 0,
    values[3 * index + 1] ?? 0,
    values[3 * index + 2] ?? 0,
  ];
  const slice = (values: readonly number[], index: number, width: number) =>
    values.slice(width * index, width * (index + 1));
  const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

  const jointBody = ints(model.jnt_bodyid);
  const geomBody = ints(model.geom_bodyid);
  const parent = ints(model.body_parentid);
  const qpos0 = floats(model.qpos0);

  const weld = ints(model.body_weldid);
  const mocap = ints(model.body_mocapid);
  const bodyPosition = floats(model.body_pos);
  const bodyQuaternion = floats(model.body_quat);
  const bodies = indices(model.nbody).map((body): BodyEntry => {
    const handle = model.body(body);
    const { name } = handle;
    handle.delete();
    return {
      name,
      parent: parent[body] ?? 0,
      weld: weld[body] ?? 0,
      position: vec(bodyPosition, body),
      quaternion: slice(bodyQuaternion, body, 4),
      mocap: mocap[body] ?? -1,
      joints: indices(model.njnt).filter((joint) => jointBody[joint] === body),
      children: indices(model.nbody).filter((child) => child > 0 && parent[child] === body),
      geoms: indices(model.ngeom).filter((geom) => geomBody[geom] === body),
    };
  });

  const jointType = ints(model.jnt_type);
  const jointQpos = ints(model.jnt_qposadr);
  const jointAnchor = floats(model.jnt_pos);
  const jointAxis = floats(model.jnt_axis);
  const jointRange = floats(model.jnt_range);
  const joints = indices(model.njnt).map((joint): JointEntry => {
    const handle = model.jnt(joint);
    const { name } = handle;
    const limited = Boolean(handle.limited);
    handle.delete();
    const qpos = jointQpos[joint] ?? 0;
    const zero = qpos0[qpos] ?? 0;
    const [low = 0, high = 0] = slice(jointRange, joint, 2);
    return {
      name,
      type: JOINT_TYPES[jointType[joint] ?? 0] ?? 'free',
      body: jointBody[joint] ?? 0,
      qpos,
      anchor: vec(jointAnchor, joint),
      axis: vec(jointAxis, joint),
      range: limited ? [low - zero, high - zero] : undefined,
    };
  });

  const geomType = ints(model.geom_type);
  const geomPosition = floats(model.geom_pos);
  const geomQuaternion = floats(model.geom_quat);
  const geomBox = floats(model.geom_aabb);
  const geomRadius = floats(model.geom_rbound);
  const contype = ints(model.geom_contype);
  const conaffinity = ints(model.geom_conaffinity);
  const geoms = indices(model.ngeom).map((geom): GeomEntry => {
    const handle = model.geom(geom);
    const { name } = handle;
    handle.delete();
    const body = geomBody[geom] ?? 0;
    return {
      name: name || bodies[body]?.name || `geom ${geom}`,
      type: geomType[geom] ?? 0,
      body,
      position: vec(geomPosition, geom),
      quaternion: slice(geomQuaternion, geom, 4),
      box: slice(geomBox, geom, 6),
      radius: geomRadius[geom] ?? 0,
      contype: contype[geom] ?? 0,
      conaffinity: conaffinity[geom] ?? 0,
    };
  });

  const signatures = model.nexclude > 0 ? ints(model.exclude_signature) : [];
  const first = model.npair > 0 ? ints(model.pair_geom1) : [];
  const second = model.npair > 0 ? ints(model.pair_geom2) : [];
  const ties = model.neq > 0 ? ints(model.eq_type) : [];
  const one = model.neq > 0 ? ints(model.eq_obj1id) : [];
  const other = model.neq > 0 ? ints(model.eq_obj2id) : [];
  return {
    bodies,
    joints,
    geoms,
    excluded: new Set(signatures.map((pair) => pairKey(pair >>> 16, pair & 0xffff))),
    wanted: new Set(first.map((geom, index) => pairKey(geom, second[index] ?? geom))),
    filterParent: (model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_FILTERPARENT.value) === 0,
    coupled: ties.flatMap((type, index) =>
      type === mujoco.mjtEq.mjEQ_JOINT.value ? [[one[index] ?? -1, other[index] ?? -1] as const] : [],
    ),
  };
}
