import { VLAError } from '../../errors.js';
import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import type { SafetyReason } from '../verdict.js';
import type { ClearanceField, FieldAnswer, FieldSample } from './clearance-field.js';
import type { Kinematics } from './collision-checker.js';
import { type SweepOptions, sweepCurve } from './sweep.js';

export type Point3 = readonly [x: number, y: number, z: number];

/** A box in the base frame, m, that all points of a {@link Kinematics} have to stay in. */
export interface WorkspaceBox {
  readonly min: Point3;
  readonly max: Point3;
}

export type SweptWorkspace =
  | { readonly inside: true; readonly queries: number }
  | {
      readonly inside: false;
      /** Latest time up to which the curve is proven inside, s. */
      readonly insideUntilS: number;
      /**
       * Guard `workspace`. Outcome truncate, kind `workspace-left` (value: signed distance to the face, m, negative
       * outside; limit 0). Outcome reject, kind `kinematics-failed` or `query-budget`.
       */
      readonly reason: SafetyReason;
      readonly queries: number;
    };

const FACES = ['x min', 'y min', 'z min', 'x max', 'y max', 'z max'] as const;

/**
 * A copy of the box that later writes cannot reach.
 *
 * @throws VLAError INVALID_ARGUMENT unless min < max on every axis; infinite faces are allowed
 */
export function checkedWorkspace({ min, max }: WorkspaceBox): WorkspaceBox {
  const three = (side: Point3): Point3 => [side[0], side[1], side[2]];
  const axes = [0, 1, 2] as const;
  const given = [min, max].every(
    (side) => Array.isArray(side) && side.length === 3 && side.every((value) => typeof value === 'number'),
  );
  if (!given || !axes.every((axis) => min[axis] < max[axis]))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `a workspace needs min < max on x, y and z, got min ${JSON.stringify(min)}, max ${JSON.stringify(max)}`,
      {
        hint: 'State the corners in metres in the base frame, for example { min: [0, -0.5, 0], max: [0.8, 0.5, 1] }.',
      },
    );
  return { min: three(min), max: three(max) };
}

/** Signed distance of the point that is nearest to a face, or furthest outside. One channel, margin 0. */
export function workspaceField(box: WorkspaceBox, kinematics: Kinematics): ClearanceField {
  return {
    reach: kinematics.reach,
    margins: [0],
    measure(joints): FieldAnswer {
      try {
        const { pointNames } = kinematics;
        const points = kinematics.points(joints);
        // A point that is left out would be outside unnoticed.
        if (points.length !== pointNames.length)
          throw new Error(`expected ${pointNames.length} points, got ${points.length}`);
        return { samples: [nearestFace(box, points, pointNames)] };
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return { failure: { kind: 'kinematics-failed', message: `the forward kinematics failed: ${text}` } };
      }
    },
  };
}

function nearestFace(box: WorkspaceBox, points: readonly Point3[], names: readonly string[]): FieldSample {
  let distance = Number.POSITIVE_INFINITY;
  let pair: readonly [string, string] = ['', ''];
  for (const [index, point] of points.entries()) {
    for (let face = 0; face < 6; face++) {
      const axis = face % 3;
      const value = point[axis] as number;
      const inside = face < 3 ? value - (box.min[axis] as number) : (box.max[axis] as number) - value;
      // A NaN would be lost in the next comparison; as a distance it fails the sweep.
      if (inside < distance || Number.isNaN(inside)) {
        distance = inside;
        pair = [names[index] ?? `point ${index}`, FACES[face] as string];
      }
      if (Number.isNaN(distance)) return { distance, pair };
    }
  }
  // An endless box has no nearest face; any finite distance is a valid understatement.
  return { distance: distance === Number.POSITIVE_INFINITY ? 1000 : distance, pair };
}

/**
 * Sweeps a curve against the workspace. A start outside may come back but not go further out.
 *
 * @throws VLAError INVALID_ARGUMENT; failures of the kinematics are results
 */
export async function sweptWorkspace(
  points: readonly TrajectoryPoint[],
  box: WorkspaceBox,
  kinematics: Kinematics,
  options: SweepOptions = {},
): Promise<SweptWorkspace> {
  const result = await sweepCurve(points, workspaceField(box, kinematics), options);
  const { queries } = result;
  if (result.free) return { inside: true, queries };
  const guard = 'workspace';
  const insideUntilS = result.freeUntilS;
  if (result.cause === 'failed') {
    const { message } = result.failure;
    const kind = result.failure.kind === 'query-budget' ? 'query-budget' : 'kinematics-failed';
    return { inside: false, insideUntilS, reason: { guard, outcome: 'reject', kind, message }, queries };
  }
  const { pair, distance, timeS } = result.nearest;
  const where = `${Math.abs(1000 * distance).toFixed(1)} mm ${distance < 0 ? 'outside' : 'from'} the face ${pair[1]}`;
  return {
    inside: false,
    insideUntilS,
    reason: {
      guard,
      outcome: 'truncate',
      kind: 'workspace-left',
      message: `${pair[0]} must stay in the workspace, but is ${where} at ${timeS.toFixed(3)} s and cannot be proven inside from there on`,
      value: distance,
      limit: 0,
    },
    queries,
  };
}
