import type { GeomEntry } from './model-tables.js';

/** Halvings of the capsule's axis: to less than 1e-12 of its length. */
const HALVINGS = 48;

/**
 * Distance of a capsule and a box, in place of MuJoCo's own (3.14), which calls a capsule that pierces a thin plate
 * free, by up to several centimetres. The squared distance from a point to a box is convex, so along the capsule's
 * axis its slope changes sign once. Where the axis meets the box the depth is given as the radius, which is too little.
 */
export function capsuleBoxDistance(
  positions: Float64Array,
  rotations: Float64Array,
  capsuleIndex: number,
  capsule: GeomEntry,
  boxIndex: number,
  box: GeomEntry,
): number {
  const radius = capsule.box[3] as number;
  const half = (capsule.box[5] as number) - radius;
  const centre = [0, 0, 0];
  const axis = [0, 0, 0];
  for (let column = 0; column < 3; column++)
    for (let row = 0; row < 3; row++) {
      const turn = rotations[9 * boxIndex + 3 * row + column] as number;
      const apart = (positions[3 * capsuleIndex + row] as number) - (positions[3 * boxIndex + row] as number);
      centre[column] = (centre[column] as number) + turn * apart;
      axis[column] =
        (axis[column] as number) + turn * half * (rotations[9 * capsuleIndex + 3 * row + 2] as number);
    }

  /** How far outside the box the axis is at −1 … 1 along one direction, with sign. */
  const beyond = (along: number, column: number): number => {
    const at = (centre[column] as number) + along * (axis[column] as number);
    const size = box.box[3 + column] as number;
    return at > size ? at - size : at < -size ? at + size : 0;
  };
  let low = -1;
  let high = 1;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    let slope = 0;
    for (let column = 0; column < 3; column++) slope += beyond(middle, column) * (axis[column] as number);
    if (slope > 0) high = middle;
    else low = middle;
  }
  const squared = (along: number): number =>
    beyond(along, 0) ** 2 + beyond(along, 1) ** 2 + beyond(along, 2) ** 2;
  return Math.sqrt(Math.min(squared(low), squared(high))) - radius;
}
