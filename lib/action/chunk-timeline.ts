import { VLAError } from '../errors.js';
import type { ActionChunk, Waypoint } from './action-chunk.js';

/** A chunk on the axis of progress: its waypoint k is due at progress `base + k + 1`. */
export interface PlacedChunk {
  readonly chunk: ActionChunk;
  /** Progress of the robot at the instant that the chunk's observation was captured. */
  readonly base: number;
  readonly instruction: string;
  /** What the policy asked for. */
  readonly waypoints: readonly Waypoint[];
  /** What was sent of it after merging, on the same grid. */
  readonly planned: readonly Waypoint[];
}

/** A chunk's value between two of its waypoints. */
export interface ChunkSample {
  readonly waypoint: Waypoint;
  /** Whether the chunk had ended by then: the value is its last waypoint. */
  readonly pastEnd: boolean;
}

/** Places a chunk that has not been merged with others yet. */
export function placeChunk(chunk: ActionChunk, base: number, instruction: string): PlacedChunk {
  const waypoints = [...chunk];
  return { chunk, base, instruction, waypoints, planned: waypoints };
}

/** Progress at which waypoint `index` of a chunk is due. */
export function dueAt({ base }: Pick<PlacedChunk, 'base'>, index: number): number {
  return base + index + 1;
}

/**
 * A row of waypoints, the first of which is due at progress `first`, at an exact progress: linear between the two
 * waypoints around it, the gripper of the one that comes next. Never extrapolated and never padded: after the last
 * waypoint it is that one, flagged; before the first the row says nothing, since it does not hold where it started.
 *
 * @param waypoints at least one
 * @returns undefined before the first waypoint
 */
export function sampleWaypoints(
  waypoints: readonly Waypoint[],
  first: number,
  progress: number,
): ChunkSample | undefined {
  const index = snapped(progress - first);
  const last = waypoints.length - 1;
  if (!(index >= 0)) return undefined;
  const before = waypoints[Math.min(Math.floor(index), last)] as Waypoint;
  if (index > last) return { waypoint: before, pastEnd: true };
  const share = index - Math.floor(index);
  const after = waypoints[Math.floor(index) + 1];
  if (share === 0 || after === undefined) return { waypoint: before, pastEnd: false };
  const joints = before.joints.map((from, joint) => from + share * ((after.joints[joint] as number) - from));
  return { waypoint: { joints, gripper: after.gripper }, pastEnd: false };
}

/** Whole numbers that rounding has moved a little are whole again: grids one unit apart shall meet exactly. */
function snapped(index: number): number {
  const whole = Math.round(index);
  return Math.abs(index - whole) < 1e-9 ? whole : index;
}

/**
 * The newest chunks that a robot was sent, oldest first: what the next one is merged with. All of them are for one
 * instruction and have the same columns and step time; one that differs makes it forget the others, because values
 * of different tasks or different grids have no meaningful mean.
 */
export class ChunkTimeline {
  #chunks: readonly PlacedChunk[] = [];

  /** Oldest first. */
  get chunks(): readonly PlacedChunk[] {
    return this.#chunks;
  }

  /** The chunks that `next` may be merged with and `next` itself, oldest first, without adding it. */
  with(next: PlacedChunk): readonly PlacedChunk[] {
    return [...this.#chunks.filter((placed) => mergeable(placed, next)), next];
  }

  /**
   * Adds a chunk as the newest one.
   *
   * @param keep how many to keep, 1 or more
   * @throws VLAError INVALID_ARGUMENT when keep or the chunk's base progress is out of range
   */
  add(next: PlacedChunk, keep: number): void {
    if (!(Number.isInteger(keep) && keep >= 1))
      throw new VLAError('INVALID_ARGUMENT', `a timeline keeps 1 chunk or more, got ${keep}`);
    if (!Number.isFinite(next.base))
      throw new VLAError('INVALID_ARGUMENT', `the base progress of a chunk must be finite, got ${next.base}`);
    this.#chunks = this.with(next).slice(-keep);
  }

  clear(): void {
    this.#chunks = [];
  }
}

function mergeable(older: PlacedChunk, newer: PlacedChunk): boolean {
  const { chunk: one } = older;
  const { chunk: other } = newer;
  return (
    older.instruction === newer.instruction &&
    one.secondsPerWaypoint === other.secondsPerWaypoint &&
    one.dims.length === other.dims.length &&
    one.dims.every(({ name, kind, unit }, column) => {
      const dim = other.dims[column];
      return dim?.name === name && dim.kind === kind && dim.unit === unit;
    })
  );
}
