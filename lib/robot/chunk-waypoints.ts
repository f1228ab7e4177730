import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';

const JOINT_UNITS: readonly string[] = ['rad', 'm'];

/**
 * The waypoints of a chunk, once it is certain that they are meant for a robot with these joints.
 *
 * @throws VLAError CHUNK_INVALID as {@link checkJoints} and {@link checkFiniteWaypoints}
 */
export function chunkWaypoints(chunk: ActionChunk, jointNames: readonly string[]): readonly Waypoint[] {
  checkJoints(chunk, jointNames);
  // A chunk takes over its buffer, so whoever filled it can still write to it: these copies are what gets sent.
  const waypoints = [...chunk];
  checkFiniteWaypoints(waypoints, jointNames);
  return waypoints;
}

/**
 * Checks that a chunk is for a robot with these joints.
 *
 * The chunk's joint names must be the robot's, in the same order. A chunk whose names only count (`joint1`,
 * `joint_2` …, starting at 0 or 1) names no particular robot and is matched by position.
 *
 * @throws VLAError CHUNK_INVALID: another number of joints, other names, or a unit other than rad or m
 */
export function checkJoints(
  { jointNames: names, jointUnits: units }: Pick<ActionChunk, 'jointNames' | 'jointUnits'>,
  jointNames: readonly string[],
): void {
  if (names.length !== jointNames.length)
    throw new VLAError(
      'CHUNK_INVALID',
      `the robot has ${jointNames.length} joints (${jointNames.join(', ')}), the chunk ${names.length} (${names.join(', ')})`,
      { hint: 'Run a policy that was trained for this robot.' },
    );
  const other = names.findIndex((name, joint) => name !== jointNames[joint]);
  if (other >= 0 && !onlyCounts(names))
    throw new VLAError(
      'CHUNK_INVALID',
      `joint ${other} of the robot is ${jointNames[other]}, the chunk has ${names[other]} there`,
      { hint: 'Give the action dims of the policy the joint names of the robot, in the same order.' },
    );
  const badUnit = units.findIndex((unit) => !JOINT_UNITS.includes(unit));
  if (badUnit >= 0)
    throw new VLAError(
      'CHUNK_INVALID',
      `joint ${names[badUnit]} must be in rad or m, the chunk has it in ${units[badUnit]}`,
      { hint: 'Convert the actions of the policy to rad (m for a sliding joint) before they are executed.' },
    );
}

/**
 * @param waypoints joint targets in the robot's order, and a gripper value where the policy has one
 * @throws VLAError CHUNK_INVALID: no waypoint, another number of joints, or a value that is not finite
 */
export function checkFiniteWaypoints(
  waypoints: readonly { readonly joints: readonly number[]; readonly gripper?: number | null | undefined }[],
  jointNames: readonly string[],
): void {
  if (waypoints.length === 0) throw new VLAError('CHUNK_INVALID', 'expected at least one waypoint, got none');
  for (const [index, { joints, gripper }] of waypoints.entries()) {
    if (joints.length !== jointNames.length)
      throw new VLAError(
        'CHUNK_INVALID',
        `waypoint ${index} needs ${jointNames.length} joint targets, got ${joints.length}`,
      );
    const bad = joints.findIndex((value) => !Number.isFinite(value));
    const name = bad >= 0 ? jointNames[bad] : 'gripper';
    const value = bad >= 0 ? joints[bad] : (gripper ?? 0);
    if (!Number.isFinite(value))
      throw new VLAError(
        'CHUNK_INVALID',
        `waypoint ${index}, ${name}: expected a finite number, got ${value}`,
        {
          hint: 'Something wrote to the buffer of the chunk after the chunk was made; give every chunk its own.',
        },
      );
  }
}

/** Whether the names are `joint0, joint1, …` or `joint1, joint2, …`, with or without an underscore. */
function onlyCounts(names: readonly string[]): boolean {
  const numbers = names.map((name) => Number(/^joint_?(\d+)$/i.exec(name)?.[1]));
  const first = numbers[0];
  return (first === 0 || first === 1) && numbers.every((number, index) => number === first + index);
}
