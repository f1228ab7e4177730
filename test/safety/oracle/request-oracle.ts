import type { Waypoint } from '../../../lib/action/action-chunk.js';

/** What a request says of itself, and what is known when it is judged. Times in milliseconds. */
export interface RequestFacts {
  readonly nowMs: number;
  readonly capturedAt: number;
  readonly inferenceMs: number;
  readonly sequence: number;
  readonly jointNames: readonly string[];
  readonly jointUnits: readonly string[];
  readonly waypoints: readonly Waypoint[];
  readonly measured: { readonly positions: readonly number[]; readonly stamp: number };
  /** The newest chunk of which something was sent. */
  readonly lastSent: { readonly sequence: number; readonly capturedAt: number } | undefined;
  readonly resetAtMs: number | undefined;
  readonly latched: boolean;
  /** Requests in a row, this one included, that showed the same image, and how far a joint was commanded meanwhile. */
  readonly sameImage: { readonly count: number; readonly moved: number };
  readonly auditWorks: boolean;
}

/** The rules of the specification, in its own numbers. */
const RULES = { chunkMs: 500, imageMs: 200, jointsMs: 100, futureMs: 50, images: 10, visible: 0.02 };

/** Why nothing at all may be sent for a request; undefined when something may. */
export function whyNothing(facts: RequestFacts, robot: readonly string[]): string | undefined {
  const { nowMs, capturedAt, inferenceMs, sequence, waypoints, measured, lastSent, sameImage } = facts;
  if (facts.latched) return 'the executor is latched';
  if (!facts.auditWorks) return 'nothing can be recorded';
  if (!(nowMs - capturedAt <= RULES.chunkMs)) return 'the chunk is stale';
  if (!(nowMs - capturedAt - inferenceMs <= RULES.imageMs)) return 'the image is stale';
  if (!(capturedAt - nowMs <= RULES.futureMs)) return 'the image is from the future';
  if (!(nowMs - measured.stamp <= RULES.jointsMs)) return 'the joints are stale';
  if (!(measured.stamp - nowMs <= RULES.futureMs)) return 'the joints are from the future';
  if (measured.positions.length !== robot.length || !measured.positions.every(Number.isFinite))
    return 'the measured joints are no numbers';
  if (lastSent !== undefined && !(sequence > lastSent.sequence))
    return 'the chunk is not newer than the last';
  if (lastSent !== undefined && !(capturedAt > lastSent.capturedAt))
    return 'the stamp is not newer than the last';
  if (facts.resetAtMs !== undefined && !(capturedAt > facts.resetAtMs))
    return 'the image is from before the reset';
  if (facts.jointNames.join() !== robot.join()) return 'the chunk is for another robot';
  if (!facts.jointUnits.every((unit) => unit === 'rad' || unit === 'm')) return 'the units are unknown';
  if (waypoints.length === 0) return 'there is no waypoint';
  for (const { joints, gripper = 0 } of waypoints) {
    if (joints.length !== robot.length) return 'a waypoint has another number of joints';
    if (![...joints, gripper].every(Number.isFinite)) return 'a waypoint is not finite';
  }
  if (sameImage.count > RULES.images) return 'the camera is frozen';
  if (sameImage.moved > RULES.visible + 1e-6) return 'the image did not change although the arm moved';
  return undefined;
}

/** How far outside its limits a waypoint may lie to be clamped, rad. */
const MARGIN = 0.05;

/** A waypoint as it may be sent: inside the limits; undefined when it lies too far outside. */
export function sendable(
  { joints }: Waypoint,
  { min, max }: { readonly min: readonly number[]; readonly max: readonly number[] },
): readonly number[] | undefined {
  const low = (joint: number) => min[joint] ?? Number.NaN;
  const high = (joint: number) => max[joint] ?? Number.NaN;
  if (joints.some((value, joint) => !(value >= low(joint) - MARGIN && value <= high(joint) + MARGIN)))
    return undefined;
  return joints.map((value, joint) =>
    value < low(joint) ? low(joint) : value > high(joint) ? high(joint) : value,
  );
}

/** Whether all values are the same bit for bit. */
export function sameBits(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => Object.is(value, other[index]));
}
