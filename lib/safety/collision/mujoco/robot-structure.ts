import { VLAError } from '../../../errors.js';
import type { JointEntry, ModelTables } from './model-tables.js';

/** Which parts of a model are the robot, and which of its joints move them. */
export interface RobotStructure {
  /** The named joints, in the robot's order. */
  readonly joints: readonly JointEntry[];
  /** Per body: the named joints that move it, as text; two bodies with the same ones never move against each other. */
  readonly movedBy: readonly string[];
  /** Per body: whether it belongs to the robot. */
  readonly isRobot: readonly boolean[];
  /** Body that carries the arm: the base frame is its frame. */
  readonly base: number;
}

/**
 * The robot is the bodies that the named joints move, with what is mounted on them, and the body that carries the
 * first of them, unless that is the world itself.
 *
 * @throws VLAError INVALID_ARGUMENT for joints that are missing, tied to others, or neither hinges nor slides
 */
export function robotStructure(tables: ModelTables, jointNames: readonly string[]): RobotStructure {
  if (jointNames.length === 0)
    throw new VLAError('INVALID_ARGUMENT', 'jointNames must name at least one joint');
  const indices = jointNames.map((name) => {
    const index = tables.joints.findIndex((joint) => joint.name === name);
    if (index < 0)
      throw new VLAError('INVALID_ARGUMENT', `the collision model has no joint ${name}`, {
        hint: `Its joints are ${tables.joints.map((joint) => joint.name || '(unnamed)').join(', ') || 'none'}.`,
      });
    return index;
  });
  const joints = indices.map((index) => tables.joints[index] as JointEntry);
  for (const { name, type } of joints)
    if (type !== 'hinge' && type !== 'slide')
      throw new VLAError('INVALID_ARGUMENT', `joint ${name} must be a hinge or a slide, got a ${type} joint`);
  for (const [one, other] of tables.coupled)
    if (indices.includes(one) !== indices.includes(other) && other >= 0) {
      const names = [one, other].map((index) => tables.joints[index]?.name);
      throw new VLAError(
        'INVALID_ARGUMENT',
        `joint ${names[0]} is tied to ${names[1]} by an equality, and only one of them is a joint of the robot`,
        { hint: 'Where a motor moves two joints, the pose cannot be told from the robot’s joints alone.' },
      );
    }

  const movedBy: string[] = [];
  const isRobot: boolean[] = [];
  const bases: number[] = [];
  tables.bodies.forEach((body, index) => {
    const inherited = index === 0 ? '' : (movedBy[body.parent] ?? '');
    const own = indices.filter((joint) => body.joints.includes(joint));
    movedBy.push(inherited + own.map((joint) => `${joint};`).join(''));
    if (inherited === '' && own.length > 0) bases.push(body.parent);
  });
  tables.bodies.forEach((body, index) => {
    const carries = bases.includes(index) && index !== 0;
    isRobot.push(carries || movedBy[index] !== '' || (index !== 0 && isRobot[body.parent] === true));
  });
  const firstBody = joints[0]?.body ?? 0;
  const carrier = ancestors(tables, firstBody).find((body) => movedBy[body] === '') ?? 0;
  return { joints, movedBy, isRobot, base: carrier };
}

function ancestors(tables: ModelTables, body: number): number[] {
  const chain: number[] = [];
  for (let at = body; at !== 0; at = tables.bodies[at]?.parent ?? 0) chain.push(at);
  return [...chain, 0];
}
