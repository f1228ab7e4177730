import type { TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';

/**
 * The judge of these tests: the polynomial between two points, written a second time. In powers of the time since the
 * first point its upper three coefficients solve a 3 × 3 system, by elimination, instead of coming from Hermite's
 * formulas.
 */
export function powerCoefficients(from: TrajectoryPoint, to: TrajectoryPoint, joint: number): number[] {
  const h = to.timeS - from.timeS;
  const p = from.positions[joint] ?? Number.NaN;
  const v = from.velocities[joint] ?? Number.NaN;
  const a = from.accelerations[joint] ?? Number.NaN;
  // In units of h: position, velocity and acceleration still to be made up by the three upper powers.
  const rows = [
    [1, 1, 1, (to.positions[joint] ?? Number.NaN) - p - v * h - (a * h * h) / 2],
    [3, 4, 5, (to.velocities[joint] ?? Number.NaN) * h - v * h - a * h * h],
    [6, 12, 20, (to.accelerations[joint] ?? Number.NaN) * h * h - a * h * h],
  ];
  for (let pivot = 0; pivot < 3; pivot++)
    for (let row = 0; row < 3; row++) {
      if (row === pivot) continue;
      const factor = (rows[row]?.[pivot] ?? 0) / (rows[pivot]?.[pivot] ?? 0);
      rows[row] = (rows[row] ?? []).map((value, column) => value - factor * (rows[pivot]?.[column] ?? 0));
    }
  const [c3, c4, c5] = rows.map((row, index) => (row[3] ?? 0) / (row[index] ?? 0));
  return [p, v, a / 2, (c3 ?? 0) / h ** 3, (c4 ?? 0) / h ** 4, (c5 ?? 0) / h ** 5];
}

/** Position, velocity, acceleration, jerk at `t` seconds into the polynomial. */
export function derivatives(coefficients: readonly number[], t: number): [number, number, number, number] {
  const result: [number, number, number, number] = [0, 0, 0, 0];
  for (let order = 0; order < 4; order++)
    for (let power = order; power < 6; power++) {
      let factor = coefficients[power] ?? 0;
      for (let step = 0; step < order; step++) factor *= power - step;
      result[order] = (result[order] ?? 0) + factor * t ** (power - order);
    }
  return result;
}

export interface Sample {
  readonly joint: number;
  readonly segment: number;
  readonly timeS: number;
  readonly state: readonly [position: number, velocity: number, acceleration: number, jerk: number];
}

/** `perSegment` + 1 samples of each joint between each two points, both ends among them. */
export function* samples(points: readonly TrajectoryPoint[], perSegment: number): Generator<Sample> {
  for (let segment = 0; segment + 1 < points.length; segment++) {
    const from = points[segment];
    const to = points[segment + 1];
    if (!from || !to) return;
    for (let joint = 0; joint < from.positions.length; joint++) {
      const coefficients = powerCoefficients(from, to, joint);
      for (let index = 0; index <= perSegment; index++) {
        const t = ((to.timeS - from.timeS) * index) / perSegment;
        yield { joint, segment, timeS: from.timeS + t, state: derivatives(coefficients, t) };
      }
    }
  }
}

/** The largest share of any limit that a motion uses, and the law of braking before a position limit with it. */
export function worstShare(
  points: readonly TrajectoryPoint[],
  limits: {
    readonly min: readonly number[];
    readonly max: readonly number[];
    readonly velocity: readonly number[];
    readonly acceleration: readonly number[];
    readonly jerk: readonly number[];
  },
  perSegment = 400,
): { readonly position: number; readonly pace: number; readonly braking: number } {
  let position = 0;
  let pace = 0;
  let braking = 0;
  for (const { joint, state } of samples(points, perSegment)) {
    const [q, v, a, j] = state;
    const above = q - (limits.max[joint] ?? Number.NaN);
    const below = (limits.min[joint] ?? Number.NaN) - q;
    position = Math.max(position, above, below);
    pace = Math.max(
      pace,
      Math.abs(v) / (limits.velocity[joint] ?? Number.NaN),
      Math.abs(a) / (limits.acceleration[joint] ?? Number.NaN),
      Math.abs(j) / (limits.jerk[joint] ?? Number.NaN),
    );
    const distance = v > 0 ? -above : -below;
    braking = Math.max(braking, v * v - (limits.acceleration[joint] ?? Number.NaN) * distance);
  }
  return { position, pace, braking };
}
