import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';

const JOINT_UNITS: readonly string[] = ['rad', 'm'];

/**
 * The waypoints of a chunk, once it is certain that they are meant for a robot with these joints.
 *
 * The chunk's joint names must be the robot's, in the same order. A chunk whose names only count (`joint1`,
 * `joint_2` …, starting at 0 or 1) names no particular robot and is matched by position.
 *
 * @throws VLAError CHUNK_INVALID: another number of joints, other names, a unit other than rad or m, or a value
 *   that is no longer finite
 */
export function chunkWaypoints(chunk: ActionChunk, jointNames: readonly string[]): readonly Waypoint[] {
  const { jointNames: names, jointUnits: units } = chunk;
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

  const waypoints = [...chunk];
  // A chunk takes over its buffer, so whoever filled it can still write to it: these copies are what gets sent.
  const broken = waypoints.findIndex(
    ({ joints, gripper = 0 }) => !(joints.every(Number.isFinite) && Number.isFinite(gripper)),
  );
  if (broken >= 0)
    throw new VLAError('CHUNK_INVALID', `waypoint ${broken} holds a value that is not finite`, {
      hint: 'Something wrote to the buffer of the chunk after the chunk was made; give every chunk its own.',
    });
  return waypoints;
}

/** Whether the names are `joint0, joint1, …` or `joint1, joint2, …`, with or without an underscore. */
function onlyCounts(names: readonly string[]): boolean {
  const numbers = names.map((name) => Number(/^joint_?(\d+)$/i.exec(name)?.[1]));
  const first = numbers[0];
  return (first === 0 || first === 1) && numbers.every((number, index) => number === first + index);
}
