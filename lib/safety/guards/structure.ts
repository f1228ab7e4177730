import { VLAError } from '../../errors.js';
import { checkFiniteWaypoints, checkJoints } from '../../robot/chunk-waypoints.js';
import type { ChunkIdentity, RequestedWaypoint } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';

const REJECTS_BEFORE_STOP = 3;

/**
 * Refuses what no robot could follow, or not this one.
 *
 * Kinds, both reject: `shape` the chunk is not of the shape that the executor was told to expect; `structure` joint
 * names, their order or units are not the robot's, there is no waypoint, or one has another number of joints or a value
 * that is NaN or infinite.
 */
export function checkStructure(
  chunk: Pick<ChunkIdentity, 'shape' | 'jointNames' | 'jointUnits'>,
  waypoints: readonly RequestedWaypoint[],
  { jointNames, chunkShape }: Pick<SafetyConfig, 'jointNames' | 'chunkShape'>,
): readonly SafetyReason[] {
  const { shape } = chunk;
  if (
    chunkShape !== null &&
    (shape.length !== chunkShape.length || shape.some((size, axis) => size !== chunkShape[axis]))
  )
    return [
      reject('shape', `expected a chunk of shape [${chunkShape.join(', ')}], got [${shape.join(', ')}]`),
    ];
  try {
    checkJoints(chunk, jointNames);
    checkFiniteWaypoints(waypoints, jointNames);
  } catch (error) {
    if (error instanceof VLAError) return [reject('structure', error.message)];
    throw error;
  }
  return [];
}

export interface RejectCount {
  /** One kind, stop: `three-in-a-row` (value and limit are counts). */
  readonly reasons: readonly SafetyReason[];
  /** What to remember: rejects in a row so far. It starts anew after the stop, which a person has to reset. */
  readonly structureRejects: number;
}

/** Takes three structure rejects in a row for a policy that is broken for good. */
export function countRejects(structureRejects: number, rejected: boolean): RejectCount {
  if (!rejected) return { reasons: [], structureRejects: 0 };
  const count = structureRejects + 1;
  if (count < REJECTS_BEFORE_STOP) return { reasons: [], structureRejects: count };
  const message = `${count} chunks in a row were refused for their structure, fewer than ${REJECTS_BEFORE_STOP} are allowed`;
  return {
    reasons: [
      {
        guard: 'structure',
        outcome: 'stop',
        kind: 'three-in-a-row',
        message,
        value: count,
        limit: REJECTS_BEFORE_STOP,
      },
    ],
    structureRejects: 0,
  };
}

function reject(kind: string, message: string): SafetyReason {
  return { guard: 'structure', outcome: 'reject', kind, message };
}
