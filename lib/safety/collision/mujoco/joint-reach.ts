import { VLAError } from '../../../errors.js';
import type { BodyEntry, ModelTables } from './model-tables.js';
import {
  fromQuaternion,
  into,
  minus,
  outOf,
  type RigidTransform,
  rotateBack,
  type Vec3,
} from './rigid-transform.js';
import type { RobotStructure } from './robot-structure.js';

/** A shape or point that moves with a body without being part of it: what is carried, a tool point. */
export interface Mounted {
  readonly body: number;
  /** In the body's frame. */
  readonly pose: RigidTransform;
  /** Centre and half sizes of the box around it, in its own frame. */
  readonly box: readonly number[];
  /** Radius around its position that holds it. */
  readonly radius: number;
}

/** A point, or a line through it: distances are measured from it. */
interface Origin {
  readonly point: Vec3;
  readonly axis?: Vec3;
}

/**
 * Per named joint, an upper bound over all configurations of how far a point of the robot is from its axis (m/rad;
 * 1 for a slide). What is rigid with the joint is measured from the axis; each further hinge adds the distance to its
 * anchor and starts a new ball there, each slide its travel.
 *
 * @throws VLAError INVALID_ARGUMENT for a slide without range or a ball joint on the robot
 */
export function jointReach(
  tables: ModelTables,
  structure: RobotStructure,
  mounted: readonly Mounted[],
): readonly number[] {
  const shapes = (body: number): readonly Mounted[] => [
    ...(tables.bodies[body]?.geoms ?? []).flatMap((index): Mounted[] => {
      const geom = tables.geoms[index];
      if (!geom) return [];
      const pose = fromQuaternion(geom.position, geom.quaternion);
      return [{ body, pose, box: geom.box, radius: geom.radius }];
    }),
    ...mounted.filter((each) => each.body === body),
  ];

  /** Farthest point from `origin` of all that hangs on joint number `from` of the body and those after it. */
  const farthest = (bodyIndex: number, from: number, origin: Origin): number => {
    const body = tables.bodies[bodyIndex] as BodyEntry;
    const joint = tables.joints[body.joints[from] ?? -1];
    if (joint?.type === 'hinge')
      return away(origin, joint.anchor) + farthest(bodyIndex, from + 1, { point: joint.anchor });
    if (joint?.type === 'slide') {
      if (!joint.range)
        throw new VLAError('INVALID_ARGUMENT', `slide joint ${joint.name} of the robot needs a range`, {
          hint: 'Without one there is no bound on how far the robot reaches.',
        });
      return Math.max(...joint.range.map(Math.abs)) + farthest(bodyIndex, from + 1, origin);
    }
    if (joint !== undefined)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `joint ${joint.name} of the robot is a ${joint.type} joint, which has no reach`,
        {
          hint: 'Model the arm and its gripper with hinges and slides.',
        },
      );
    const own = shapes(bodyIndex).map((shape) => extent(origin, shape));
    const further = body.children.map((child) => farthest(child, 0, inChild(tables, child, origin)));
    return Math.max(0, ...own, ...further);
  };

  return structure.joints.map((joint) => {
    if (joint.type === 'slide') return 1;
    const place = tables.bodies[joint.body]?.joints.findIndex((index) => tables.joints[index] === joint) ?? 0;
    return farthest(joint.body, place + 1, { point: joint.anchor, axis: joint.axis });
  });
}

function inChild(tables: ModelTables, child: number, origin: Origin): Origin {
  const { position, quaternion } = tables.bodies[child] as BodyEntry;
  const frame = fromQuaternion(position, quaternion);
  const point = into(frame, origin.point);
  return origin.axis ? { point, axis: rotateBack(frame.rotation, origin.axis) } : { point };
}

function away({ point, axis }: Origin, other: Vec3): number {
  const [x, y, z] = minus(other, point);
  if (!axis) return Math.hypot(x, y, z);
  const [u, v, w] = axis;
  // |d × axis| for a unit axis.
  return Math.hypot(y * w - z * v, z * u - x * w, x * v - y * u);
}

/** The distance is convex, so the farthest point of a box is one of its corners. */
function extent(origin: Origin, { pose, box, radius }: Mounted): number {
  const [cx = 0, cy = 0, cz = 0, hx = 0, hy = 0, hz = 0] = box;
  let corner = 0;
  for (const x of [-hx, hx])
    for (const y of [-hy, hy])
      for (const z of [-hz, hz])
        corner = Math.max(corner, away(origin, outOf(pose, [cx + x, cy + y, cz + z])));
  return Math.min(corner, away(origin, pose.position) + radius);
}
