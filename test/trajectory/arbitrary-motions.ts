import fc from 'fast-check';
import type { JointReference, TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';

/** Without −0, which a joint at rest would hand on bit for bit. */
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const row = (joints: number, value: fc.Arbitrary<number>) =>
  fc.array(value, { minLength: joints, maxLength: joints });

export interface ArrayLimits {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly velocity: readonly number[];
  readonly acceleration: readonly number[];
  readonly jerk: readonly number[];
}

export interface ChunkCase {
  readonly start: JointReference;
  readonly waypoints: readonly (readonly number[])[];
  readonly firstS: number;
  readonly stepS: number;
  readonly limits: ArrayLimits;
}

const limitsOf = (joints: number): fc.Arbitrary<ArrayLimits> =>
  fc.record({
    min: row(joints, between(-3, -1.2)),
    max: row(joints, between(1.2, 3)),
    velocity: row(joints, between(0.2, 4)),
    acceleration: row(joints, between(0.3, 20)),
    jerk: row(joints, between(2, 200)),
  });

/** Waypoints inside the position limits, in steps from tiny to wild, some on a limit, some held. */
const waypointsOf = (joints: number, from: readonly number[], { min, max }: ArrayLimits) =>
  fc
    .tuple(
      fc.constantFrom(0, 0.001, 0.02, 0.3, 3),
      fc.array(row(joints, fc.oneof(between(-1, 1), fc.constant(0))), { minLength: 1, maxLength: 6 }),
    )
    .map(([step, moves]) => {
      let at = from;
      return moves.map((move) => {
        at = at.map((position, joint) =>
          Math.min(max[joint] ?? 0, Math.max(min[joint] ?? 0, position + step * (move[joint] ?? 0))),
        );
        return at;
      });
    });

function chunks(speed: number, acceleration: number): fc.Arbitrary<ChunkCase> {
  return fc
    .integer({ min: 1, max: 6 })
    .chain((joints) =>
      fc.tuple(
        limitsOf(joints),
        row(joints, between(-1, 1)),
        row(joints, between(-speed, speed)),
        row(joints, between(-acceleration, acceleration)),
      ),
    )
    .chain(([limits, positions, velocities, accelerations]) =>
      fc.record({
        start: fc.constant({ positions, velocities, accelerations }),
        waypoints: waypointsOf(positions.length, positions, limits),
        firstS: between(0.02, 0.4),
        stepS: between(0.05, 0.4),
        limits: fc.constant(limits),
      }),
    );
}

/** Chunks from rest inside the position limits. */
export const restingChunks = chunks(0, 0);
/** Chunks that a robot gets while it moves. */
export const movingChunks = chunks(0.15, 0.2);

/** Points of any motion: states that no limits and no fit have tamed. */
export const wildPoints: fc.Arbitrary<TrajectoryPoint[]> = fc.integer({ min: 1, max: 3 }).chain((joints) =>
  fc
    .array(
      fc.record({
        timeS: between(0.01, 2),
        positions: row(joints, between(-3, 3)),
        velocities: row(joints, between(-3, 3)),
        accelerations: row(joints, between(-10, 10)),
      }),
      { minLength: 2, maxLength: 4 },
    )
    .map((points) => {
      let timeS = 0;
      return points.map((point, index) => {
        timeS += index === 0 ? 0 : point.timeS;
        return { ...point, timeS };
      });
    }),
);

export function atRest(positions: readonly number[]): JointReference {
  const zeros = positions.map(() => 0);
  return { positions, velocities: zeros, accelerations: zeros };
}

/** Limits of one joint. */
export function oneJoint(limits: Partial<Record<keyof ArrayLimits, number>> = {}): ArrayLimits {
  const { min = -3, max = 3, velocity = 1, acceleration = 2, jerk = 20 } = limits;
  return { min: [min], max: [max], velocity: [velocity], acceleration: [acceleration], jerk: [jerk] };
}
