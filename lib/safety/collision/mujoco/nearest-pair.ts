import type { MjData, MjModel } from '@mujoco/mujoco';
import type { Clearance } from '../collision-checker.js';
import { capsuleBoxDistance } from './capsule-box.js';
import type { Mujoco } from './load-mujoco.js';
import type { GeomEntry } from './model-tables.js';

const PLANE = 0;
const CAPSULE = 3;
const BOX = 6;

/** Tolerance of MuJoCo's convex distances, m: taken off so that none is overstated. */
const TOLERANCE = 1e-6;

/** The poses of all geoms. Views of the WebAssembly heap: to be fetched anew for each configuration. */
export interface GeomPoses {
  readonly positions: Float64Array;
  readonly rotations: Float64Array;
}

/**
 * Finds the nearest of a list of pairs. Spheres and boxes around the geoms give lower bounds; only pairs that could
 * still be the nearest are measured with mj_geomDistance. (Contacts of mj_collision would be one call, but with a
 * margin they overstate or miss distances of boxes and cylinders, by up to the margin itself.)
 */
export class NearestPair {
  readonly #geoms: readonly GeomEntry[];
  readonly #pairs: readonly (readonly [number, number])[];
  readonly #bounds: Float64Array;

  constructor(geoms: readonly GeomEntry[], pairs: readonly (readonly [number, number])[]) {
    this.#geoms = geoms;
    this.#pairs = pairs;
    this.#bounds = new Float64Array(pairs.length);
  }

  /** @param far distance up to which pairs are looked for, m: what comes back when none is nearer */
  find(mujoco: Mujoco, model: MjModel, data: MjData, poses: GeomPoses, far: number): Clearance {
    let likely = -1;
    for (let index = 0; index < this.#pairs.length; index++) {
      const [a, b] = this.#pairs[index] as readonly [number, number];
      const bound = this.#apart(poses, a, b);
      this.#bounds[index] = bound;
      if (bound < far && (likely < 0 || bound < (this.#bounds[likely] as number))) likely = index;
    }
    let distance = far;
    let nearest = -1;
    const measure = (index: number) => {
      const [a, b] = this.#pairs[index] as readonly [number, number];
      const measured =
        this.#capsuleOnBox(poses, a, b) ??
        this.#capsuleOnBox(poses, b, a) ??
        mujoco.mj_geomDistance(model, data, a, b, distance, null);
      if (measured < distance) {
        distance = measured;
        nearest = index;
      }
    };
    if (likely >= 0) measure(likely);
    for (let index = 0; index < this.#pairs.length; index++)
      if (index !== likely && (this.#bounds[index] as number) < distance) measure(index);
    if (nearest < 0) return { distance: far - TOLERANCE, a: '', b: '' };
    const [a, b] = this.#pairs[nearest] as readonly [number, number];
    return {
      distance: distance - TOLERANCE,
      a: this.#geoms[a]?.name ?? '',
      b: this.#geoms[b]?.name ?? '',
    };
  }

  #capsuleOnBox({ positions, rotations }: GeomPoses, a: number, b: number): number | undefined {
    const one = this.#geoms[a] as GeomEntry;
    const other = this.#geoms[b] as GeomEntry;
    if (one.type !== CAPSULE || other.type !== BOX) return undefined;
    return capsuleBoxDistance(positions, rotations, a, one, b, other);
  }

  /** A lower bound of the distance. */
  #apart({ positions, rotations }: GeomPoses, a: number, b: number): number {
    const one = this.#geoms[a] as GeomEntry;
    const other = this.#geoms[b] as GeomEntry;
    if (one.type === PLANE) return above(positions, rotations, a, b) - other.radius;
    if (other.type === PLANE) return above(positions, rotations, b, a) - one.radius;
    const x = (positions[3 * b] as number) - (positions[3 * a] as number);
    const y = (positions[3 * b + 1] as number) - (positions[3 * a + 1] as number);
    const z = (positions[3 * b + 2] as number) - (positions[3 * a + 2] as number);
    return Math.max(
      Math.sqrt(x * x + y * y + z * z) - one.radius - other.radius,
      outside(rotations, a, one.box, x, y, z) - other.radius,
      outside(rotations, b, other.box, -x, -y, -z) - one.radius,
    );
  }
}

/** Height of geom `b`'s position over plane `a`. */
function above(positions: Float64Array, rotations: Float64Array, a: number, b: number): number {
  let height = 0;
  for (let axis = 0; axis < 3; axis++)
    height +=
      (rotations[9 * a + 3 * axis + 2] as number) *
      ((positions[3 * b + axis] as number) - (positions[3 * a + axis] as number));
  return height;
}

/** Distance of the point at offset x, y, z from geom `index` to the box around that geom; 0 inside. */
function outside(
  rotations: Float64Array,
  index: number,
  box: readonly number[],
  x: number,
  y: number,
  z: number,
): number {
  let squares = 0;
  for (let axis = 0; axis < 3; axis++) {
    const column = 9 * index + axis;
    const along =
      (rotations[column] as number) * x +
      (rotations[column + 3] as number) * y +
      (rotations[column + 6] as number) * z;
    const beyond = Math.abs(along - (box[axis] as number)) - (box[axis + 3] as number);
    if (beyond > 0) squares += beyond * beyond;
  }
  return Math.sqrt(squares);
}
