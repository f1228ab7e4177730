import {
  type JointUnit,
  type LimitProblem,
  type LimitSource,
  type LimitStatement,
  limitsInvalid,
} from './limit-source.js';
import { type MimicJoint, throughMimics } from './mimic.js';
import { didYouMean } from './near-name.js';
import { RUN_XACRO, UrdfElementReader } from './urdf-element-reader.js';
import { type PassiveType, type UrdfJoint, UrdfJointReader } from './urdf-joint.js';
import { parseXml, type XmlElement } from './xml-elements.js';

/** What a URDF says about the limits of its joints. */
export interface UrdfLimits extends LimitSource {
  /** Joints that follow another one. Their own limits are among the statements, restated for that one. */
  readonly mimics: readonly MimicJoint[];
  /** Joints that nothing drives. */
  readonly passive: ReadonlyMap<string, PassiveType>;
}

/**
 * Reads the limits in a URDF, strictly: a limit that is missing or no plain decimal number is an error and never 0.
 *
 * Joints are the `<joint>` children of `<robot>`. Revolute and prismatic ones need `lower`, `upper` and `velocity` in
 * `<limit>`; continuous ones need `velocity` and must not have a range; `acceleration`, `deceleration` and `jerk` are
 * read where they stand. Soft limits of `<safety_controller>` tighten the range. A `<mimic>` joint is not commanded;
 * its limits hold for the joint that it follows.
 *
 * @param xml the text of the file, without xacro
 * @param source what the file is called in errors and provenance
 * @throws VLAError LIMITS_INVALID with one line per problem
 */
export function parseUrdfLimits(xml: string, source = 'URDF'): UrdfLimits {
  if (typeof xml !== 'string')
    throw limitsInvalid([
      {
        message: `${source}: expected the text of a URDF, got ${xml === null ? 'null' : typeof xml}`,
        hint: 'Pass the text of the file; loadJointLimits reads files.',
      },
    ]);
  const root = parseXml(xml, source);
  checkRoot(root, source);
  const elements = new UrdfElementReader(source);
  const reader = new UrdfJointReader(elements);
  const joints = root.children
    .filter(({ name }) => name === 'joint')
    .flatMap((element) => reader.read(element) ?? []);
  const { problems } = elements;
  problems.push(...duplicates(joints, source));
  const byName = new Map(joints.map((joint) => [joint.name, joint]));
  const mimics =
    problems.length > 0 ? [] : joints.flatMap((joint) => followed(joint, byName, source, problems));
  if (problems.length > 0) throw limitsInvalid(problems);

  const statements: readonly LimitStatement[] = joints.flatMap((joint) => joint.statements);
  return {
    source,
    jointNames: joints.map(({ name }) => name),
    statements: throughMimics(statements, mimics),
    continuous: joints.flatMap(({ name, type, mimic }) =>
      type === 'continuous' && mimic === undefined ? [name] : [],
    ),
    switchedOff: [],
    units: new Map(joints.flatMap(unitOf)),
    mimics,
    passive: new Map(joints.flatMap(passiveOf)),
  };
}

function checkRoot(root: XmlElement, source: string): void {
  if (root.name !== 'robot')
    throw limitsInvalid([
      {
        message: `${source}: line ${root.line}: expected <robot>, got <${root.name}>`,
        hint: 'Pass a URDF file; SDF and MJCF are other formats.',
      },
    ]);
  if (root.text !== '')
    throw limitsInvalid([
      {
        message: `${source}: line ${root.line}: expected elements only in <robot>, got text`,
        hint: 'A tag lost its bracket, or the file is none of a robot.',
      },
    ]);
  const macro = root.children.find(({ name }) => name.startsWith('xacro:'));
  if (macro !== undefined)
    throw limitsInvalid([
      {
        message: `${source}: line ${macro.line}: expected the elements of URDF, got <${macro.name}>`,
        hint: RUN_XACRO,
      },
    ]);
}

function duplicates(joints: readonly UrdfJoint[], source: string): LimitProblem[] {
  const first = new Map<string, number>();
  return joints.flatMap(({ name, line }) => {
    const before = first.get(name);
    first.set(name, before ?? line);
    if (before === undefined) return [];
    return [
      {
        message: `${source}: line ${line}: expected one joint ${name}, got another; the first is in line ${before}`,
        hint: 'Give every joint a name of its own.',
      },
    ];
  });
}

/** The commanded joint behind a mimic joint, through other mimic joints if need be. */
function followed(
  { name, line, mimic }: UrdfJoint,
  byName: ReadonlyMap<string, UrdfJoint>,
  source: string,
  problems: LimitProblem[],
): MimicJoint[] {
  if (mimic === undefined) return [];
  const fail = (problem: string) => {
    const message = `${source}: line ${line}: joint ${name}: ${problem}`;
    problems.push({ message, hint: 'Let <mimic> name a joint that is driven.' });
    return [];
  };
  let { joint: follows, multiplier, offset } = mimic;
  const chain = [name];
  for (;;) {
    if (chain.includes(follows))
      return fail(
        `expected <mimic> to end at a driven joint, got a circle: ${[...chain, follows].join(' → ')}`,
      );
    const next = byName.get(follows);
    if (next === undefined)
      return fail(
        `expected <mimic> to name a joint of the robot, got ${follows}${didYouMean(follows, byName.keys())}`,
      );
    if (passiveOf(next).length > 0)
      return fail(`expected <mimic> to name a driven joint, got ${follows}, which is ${next.type}`);
    if (next.mimic === undefined) return [{ joint: name, follows, multiplier, offset }];
    chain.push(follows);
    // m (m′ q + o′) + o, with m′ and o′ of the joint that is followed.
    offset += multiplier * next.mimic.offset;
    multiplier *= next.mimic.multiplier;
    follows = next.mimic.joint;
  }
}

function unitOf({ name, type }: UrdfJoint): [string, JointUnit][] {
  if (type === 'prismatic') return [[name, 'm']];
  return type === 'revolute' || type === 'continuous' ? [[name, 'rad']] : [];
}

function passiveOf({ name, type }: UrdfJoint): [string, PassiveType][] {
  return type === 'fixed' || type === 'floating' || type === 'planar' ? [[name, type]] : [];
}
