import { readFileSync } from 'node:fs';
import type { MjModel } from '@mujoco/mujoco';
import { VLAError } from '../../../errors.js';
import type { Mujoco } from './load-mujoco.js';

/** A box, ball, capsule or cylinder that is added to the model as a body of its own. */
export interface PrimitiveObstacle {
  readonly name: string;
  readonly shape: 'box' | 'sphere' | 'capsule' | 'cylinder';
  /** Half sizes of a box; radius of a sphere; radius and half length (along z) of the others, m. */
  readonly size: readonly number[];
  /** Centre in the world frame, m. */
  readonly position: readonly [x: number, y: number, z: number];
  /** w, x, y, z. Default: not rotated. */
  readonly quaternion?: readonly [w: number, x: number, y: number, z: number];
}

export interface ModelSource {
  /** MJCF: its text, or the path of a file. */
  readonly mjcf?: string;
  /** URDF of an arm on a fixed base: its text, or the path of a file. Only its collision shapes are used. */
  readonly urdf?: string;
  /** Meshes and included files under the names that the model uses for them. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly obstacles?: readonly PrimitiveObstacle[];
}

const SIZES = { box: 3, sphere: 1, capsule: 2, cylinder: 2 } as const;

/**
 * Compiles a model. The caller deletes it.
 *
 * @throws VLAError INVALID_ARGUMENT when the source cannot be read, MODEL_INVALID when MuJoCo refuses it
 */
export function compileModel(
  mujoco: Mujoco,
  { mjcf, urdf, files = {}, obstacles = [] }: ModelSource,
): MjModel {
  const source = mjcf ?? urdf;
  if (source === undefined || (mjcf !== undefined && urdf !== undefined))
    throw new VLAError('INVALID_ARGUMENT', 'a collision model needs either mjcf or urdf', {
      hint: 'Give the text of the model or the path of its file.',
    });
  for (const obstacle of obstacles) checkObstacle(obstacle);
  const xml = source.trimStart().startsWith('<') ? source : readModel(source);
  const archive = new mujoco.MjVFS();
  try {
    for (const [name, bytes] of Object.entries(files)) archive.addBuffer(name, bytes);
    const spec = mujoco.parseXMLString(xml, archive);
    try {
      // Otherwise the base of a URDF is merged into the world, and the arm would have to keep away from its own base.
      if (urdf !== undefined) spec.compiler.fusestatic = false;
      for (const obstacle of obstacles) addObstacle(mujoco, spec, obstacle);
      return mujoco.mj_compile(spec, archive);
    } finally {
      spec.delete();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('MODEL_INVALID', `MuJoCo refuses the collision model: ${reason.trim()}`, {
      hint: reason.includes('opening file')
        ? 'Pass meshes and included files in `files`, or use boxes, capsules, cylinders and spheres as collision shapes.'
        : 'Open the file in the MuJoCo viewer to see what is wrong.',
      cause,
    });
  } finally {
    archive.delete();
  }
}

function readModel(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VLAError('INVALID_ARGUMENT', `the collision model ${path} cannot be read`, {
      hint: 'Give the path of an MJCF or URDF file, or its text, which starts with "<".',
      cause,
    });
  }
}

function checkObstacle({ name, shape, size, position, quaternion = [1, 0, 0, 0] }: PrimitiveObstacle): void {
  const wanted = SIZES[shape];
  if (wanted === undefined)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `obstacle ${name}: shape must be box, sphere, capsule or cylinder, got ${shape}`,
    );
  if (size.length !== wanted || !size.every((value) => value > 0 && Number.isFinite(value)))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `obstacle ${name}: a ${shape} needs ${wanted} sizes above 0 m, got [${size.join(', ')}]`,
    );
  if (![...position, ...quaternion].every(Number.isFinite) || !(Math.hypot(...quaternion) > 0.5))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `obstacle ${name}: expected a finite position and a unit quaternion`,
    );
}

function addObstacle(
  mujoco: Mujoco,
  spec: ReturnType<Mujoco['parseXMLString']>,
  { name, shape, size, position, quaternion = [1, 0, 0, 0] }: PrimitiveObstacle,
): void {
  const defaults = mujoco.mjs_getSpecDefault(spec);
  const world = mujoco.mjs_findBody(spec, 'world');
  const body = defaults && world ? mujoco.mjs_addBody(world, defaults) : undefined;
  const geom = defaults && body ? mujoco.mjs_addGeom(body, defaults) : undefined;
  if (!body || !geom) throw new Error(`obstacle ${name} cannot be added`);
  const types = {
    box: mujoco.mjtGeom.mjGEOM_BOX,
    sphere: mujoco.mjtGeom.mjGEOM_SPHERE,
    capsule: mujoco.mjtGeom.mjGEOM_CAPSULE,
    cylinder: mujoco.mjtGeom.mjGEOM_CYLINDER,
  };
  mujoco.mjs_setName(body.element, name);
  mujoco.mjs_setName(geom.element, name);
  // Mocap bodies can be put anywhere at run time.
  body.mocap = true;
  body.pos.set(position);
  body.quat.set(quaternion);
  geom.type = types[shape];
  geom.size.set(size);
  geom.contype = 1;
  geom.conaffinity = 1;
}
