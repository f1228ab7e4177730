export type Vec3 = readonly [x: number, y: number, z: number];

/** A pose: position, and rotation as a row-major 3 × 3 matrix. */
export interface RigidTransform {
  readonly position: Vec3;
  readonly rotation: readonly number[];
}

/** The pose in flat arrays as MuJoCo keeps them: 3 numbers of `positions` and 9 of `rotations` per element. */
export function poseAt(
  positions: ArrayLike<number>,
  rotations: ArrayLike<number>,
  index: number,
): RigidTransform {
  const rotation = Array.from({ length: 9 }, (_, k) => rotations[9 * index + k] ?? 0);
  return { position: vec3At(positions, index), rotation };
}

export function vec3At(values: ArrayLike<number>, index: number): Vec3 {
  return [values[3 * index] ?? 0, values[3 * index + 1] ?? 0, values[3 * index + 2] ?? 0];
}

/** From a position and a quaternion w, x, y, z of any length above 0. */
export function fromQuaternion(position: Vec3, quaternion: readonly number[]): RigidTransform {
  const norm = Math.hypot(...quaternion);
  const [w = 1, x = 0, y = 0, z = 0] = quaternion.map((value) => value / norm);
  return {
    position,
    rotation: [
      1 - 2 * (y * y + z * z),
      2 * (x * y - w * z),
      2 * (x * z + w * y),
      2 * (x * y + w * z),
      1 - 2 * (x * x + z * z),
      2 * (y * z - w * x),
      2 * (x * z - w * y),
      2 * (y * z + w * x),
      1 - 2 * (x * x + y * y),
    ],
  };
}

export function rotate(m: readonly number[], [x, y, z]: Vec3): Vec3 {
  const row = (r: number) => (m[r] ?? 0) * x + (m[r + 1] ?? 0) * y + (m[r + 2] ?? 0) * z;
  return [row(0), row(3), row(6)];
}

export function rotateBack(m: readonly number[], [x, y, z]: Vec3): Vec3 {
  const column = (c: number) => (m[c] ?? 0) * x + (m[c + 3] ?? 0) * y + (m[c + 6] ?? 0) * z;
  return [column(0), column(1), column(2)];
}

export function plus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function minus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** A point of the frame's coordinates in those of its parent. */
export function outOf(frame: RigidTransform, point: Vec3): Vec3 {
  return plus(frame.position, rotate(frame.rotation, point));
}

/** A point of the parent's coordinates in those of the frame. */
export function into(frame: RigidTransform, point: Vec3): Vec3 {
  return rotateBack(frame.rotation, minus(point, frame.position));
}

/** `inner`, given in the coordinates of `outer`, in those of outer's parent. */
export function compose(outer: RigidTransform, inner: RigidTransform): RigidTransform {
  return { position: outOf(outer, inner.position), rotation: multiply(outer.rotation, inner.rotation) };
}

/** `pose` in the coordinates of `frame`; both are given in the same coordinates. */
export function relative(frame: RigidTransform, pose: RigidTransform): RigidTransform {
  const m = frame.rotation;
  const transposed = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((k) => m[k] ?? 0);
  return { position: into(frame, pose.position), rotation: multiply(transposed, pose.rotation) };
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 9 }, (_, index) => {
    const row = 3 * Math.floor(index / 3);
    const column = index % 3;
    return (
      (a[row] ?? 0) * (b[column] ?? 0) +
      (a[row + 1] ?? 0) * (b[column + 3] ?? 0) +
      (a[row + 2] ?? 0) * (b[column + 6] ?? 0)
    );
  });
}
