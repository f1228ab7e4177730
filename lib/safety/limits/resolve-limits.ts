import { VLAError } from '../../errors.js';
import type { PolicyManifest } from '../../policy/manifest.js';
import { bundleLimits, type HasPolicy } from './bundle-limits.js';
import { type ExtraLimits, extraLimits } from './extra-limits.js';
import { parseJointLimitsYaml } from './joint-limits-yaml.js';
import { type LimitProblem, type LimitSource, limitsInvalid } from './limit-source.js';
import { throughMimics } from './mimic.js';
import { didYouMean } from './near-name.js';
import { type ResolvedJointLimit, resolveJoint } from './resolve-joint.js';
import { parseUrdfLimits, type UrdfLimits } from './urdf-limits.js';

export interface LimitInputs {
  /** The joints that are commanded, as in `robot.jointNames`. */
  readonly jointNames: readonly string[];
  /** The text of a URDF, or what parseUrdfLimits made of it. */
  readonly urdf?: string | UrdfLimits;
  /** The text of a joint_limits.yaml, or what parseJointLimitsYaml made of it. */
  readonly jointLimitsYaml?: string | LimitSource;
  /** A loaded engine, a manifest, or what bundleLimits made of it. */
  readonly bundle?: HasPolicy | PolicyManifest | LimitSource;
  /** Limits of your own. They can tighten what the others state, and state what the others leave out. */
  readonly extra?: readonly ExtraLimits[];
}

/** Limits of all joints, in the order of the robot, ready for SafeVLAExecutor; describeLimits prints them. */
export type ResolvedJointLimits = readonly ResolvedJointLimit[];

/**
 * The limits of a robot's joints out of everything that states some: for each joint and each quantity the tightest
 * value counts. A position range (unless the joint turns without end) and a velocity must come from somewhere; a
 * missing acceleration is 1 rad/s², a missing jerk 10 rad/s³.
 *
 * @throws VLAError LIMITS_INVALID with one line per problem: a source is broken, a value is missing, a range is empty,
 *   a name fits nothing; INVALID_ARGUMENT for jointNames or extra
 */
export function resolveJointLimits(inputs: LimitInputs): ResolvedJointLimits {
  const { jointNames, urdf, jointLimitsYaml, bundle, extra } = inputs;
  checkJointNames(jointNames);
  const robot = typeof urdf === 'string' ? parseUrdfLimits(urdf) : urdf;
  const yaml = typeof jointLimitsYaml === 'string' ? parseJointLimitsYaml(jointLimitsYaml) : jointLimitsYaml;
  const policy = bundle === undefined || 'statements' in bundle ? bundle : bundleLimits(bundle);
  const own = extra && extraLimits(extra, jointNames);

  const problems: LimitProblem[] = [];
  if (robot !== undefined) problems.push(...undriven(jointNames, robot));
  if (yaml !== undefined && robot !== undefined)
    problems.push(...unknownJoints(yaml.source, yaml.jointNames, [...jointNames, ...robot.jointNames]));
  if (policy !== undefined)
    problems.push(
      ...unknownJoints(policy.source, new Set(policy.statements.map(({ joint }) => joint)), jointNames),
    );
  if (problems.length > 0) throw limitsInvalid(problems);

  const sources = [robot, yaml, policy, own]
    .filter((source) => source !== undefined)
    .map((source) => withoutMimics(source, robot));
  const resolved = jointNames.flatMap((joint) => resolveJoint(joint, sources, problems) ?? []);
  if (problems.length > 0) throw limitsInvalid(problems);
  return resolved;
}

function checkJointNames(jointNames: readonly string[]): void {
  const isList = Array.isArray(jointNames) && jointNames.length > 0;
  if (isList && new Set(jointNames).size === jointNames.length) return;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `jointNames: expected the names of the joints, each once, got ${JSON.stringify(jointNames)}`,
    { hint: 'Pass robot.jointNames.' },
  );
}

/** Commanded joints that the robot cannot be commanded by. */
function undriven(jointNames: readonly string[], robot: UrdfLimits): LimitProblem[] {
  return jointNames.flatMap((name) => {
    const mimic = robot.mimics.find(({ joint }) => joint === name);
    const passive = robot.passive.get(name);
    if (mimic === undefined && passive === undefined) return [];
    const why = mimic ? `it mimics ${mimic.follows}` : `it is ${passive}`;
    return [
      {
        message: `${name}: expected a joint that is commanded, but in ${robot.source} ${why}`,
        hint: 'Command the joints that are driven only.',
      },
    ];
  });
}

/** A joint that nothing else knows is a misspelt one, and its limits would be lost. */
function unknownJoints(source: string, names: Iterable<string>, known: readonly string[]): LimitProblem[] {
  return [...names]
    .filter((name) => !known.includes(name))
    .map((name) => ({
      message: `${source}: expected joints of the robot, got ${name}${didYouMean(name, known)}`,
      hint: 'Use the names of the robot, which are those of its URDF.',
    }));
}

function withoutMimics(source: LimitSource, robot: UrdfLimits | undefined): LimitSource {
  if (robot === undefined || source === robot) return source;
  return { ...source, statements: throughMimics(source.statements, robot.mimics) };
}
