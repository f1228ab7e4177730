import { isMap, type YAMLMap } from 'yaml';
import { type LimitProblem, type LimitSource, limitsInvalid } from './limit-source.js';
import { readYamlJoint } from './yaml-joint.js';
import { kindOf, numberOf, YamlFile } from './yaml-map.js';

const KEY = 'joint_limits';
const SCALING_FACTORS = ['default_velocity_scaling_factor', 'default_acceleration_scaling_factor'];
/** What MoveIt has beside joint_limits; the limits of the tool are none of the joints. */
const BESIDE = [KEY, 'cartesian_limits', ...SCALING_FACTORS];
/** Name of a node, its namespaces, `ros__parameters`, `robot_description_planning`. */
const MAX_DEPTH = 6;

const SHAPE =
  'The file needs joint_limits: { <joint>: { has_velocity_limits: true, max_velocity: 1.0, … } }, at its top or under a node name and ros__parameters.';

/**
 * Reads a joint_limits.yaml of ros2_control or MoveIt, strictly: a value without its `has_*` flag, which ROS would
 * ignore, is an error, and so are unknown and duplicate keys, aliases, and flags and numbers of another type.
 *
 * A value whose flag is `false` limits nothing; it is kept under `switchedOff`. `max_deceleration` counts as a limit of
 * the acceleration, soft limits as limits of the position; efforts, gains and MoveIt's default scaling factors are
 * checked and change nothing. Numbers may carry `!degrees` or `!radians`.
 *
 * @param text the text of the file
 * @param source what the file is called in errors and provenance
 * @throws VLAError LIMITS_INVALID with one line per problem
 */
export function parseJointLimitsYaml(text: string, source = 'joint_limits.yaml'): LimitSource {
  if (typeof text !== 'string')
    throw limitsInvalid([
      {
        message: `${source}: expected the text of a joint_limits.yaml, got ${text === null ? 'null' : typeof text}`,
        hint: 'Pass the text of the file; loadJointLimits reads files.',
      },
    ]);
  const file = new YamlFile(text, source);
  const problems: LimitProblem[] = [];
  const joints = file.entries(findJointLimits(file, problems)).map((entry) => {
    return { name: entry.key, ...readYamlJoint(file, entry, problems) };
  });
  if (joints.length === 0)
    problems.push({ message: `${source}: expected joints under ${KEY}, got none`, hint: SHAPE });
  if (problems.length > 0) throw limitsInvalid(problems);
  return {
    source,
    jointNames: joints.map(({ name }) => name),
    statements: joints.flatMap(({ statements }) => statements),
    continuous: joints.flatMap(({ name, continuous }) => (continuous ? [name] : [])),
    switchedOff: joints.flatMap(({ switchedOff }) => switchedOff),
    units: new Map(),
  };
}

interface Found {
  readonly map: YAMLMap;
  /** The map around it, and whether that holds the parameters of a node, which may be anything. */
  readonly around: YAMLMap;
  readonly free: boolean;
}

function findJointLimits(file: YamlFile, problems: LimitProblem[]): YAMLMap {
  const found: Found[] = [];
  search(file, file.root, false, 0, found);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const keys = file.entries(file.root).map(({ key }) => key);
    const got = only === undefined ? keys.join(', ') || 'an empty map' : `${found.length} of them`;
    throw limitsInvalid([{ message: `${file.source}: expected one map ${KEY}, got ${got}`, hint: SHAPE }]);
  }
  if (!only.free) checkBeside(file, only.around, problems);
  return only.map;
}

function search(file: YamlFile, map: YAMLMap, free: boolean, depth: number, found: Found[]): void {
  for (const { key, value, line } of file.entries(map)) {
    if (key === KEY) {
      if (!isMap(value))
        throw limitsInvalid([
          {
            message: `${file.source}: line ${line}: expected ${KEY} to be a map, got ${kindOf(value)}`,
            hint: SHAPE,
          },
        ]);
      found.push({ map: value, around: map, free });
    } else if (isMap(value) && depth < MAX_DEPTH)
      search(file, value, free || key === 'ros__parameters', depth + 1, found);
  }
}

function checkBeside(file: YamlFile, around: YAMLMap, problems: LimitProblem[]): void {
  for (const { key, value, line } of file.entries(around)) {
    if (!BESIDE.includes(key))
      problems.push({
        message: `${file.source}: line ${line}: expected only ${BESIDE.join(', ')} here, got ${key}`,
        hint: 'Correct the spelling, or put other parameters into a file of their own.',
      });
    else if (SCALING_FACTORS.includes(key)) {
      const factor = numberOf(value);
      if (factor === undefined || factor <= 0 || factor > 1)
        problems.push({
          message: `${file.source}: line ${line}: expected ${key} above 0 and at most 1, got ${kindOf(value)}`,
          hint: 'Leave the factor out for MoveIt’s own default.',
        });
    }
  }
}
