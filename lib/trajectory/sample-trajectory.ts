import type { JointReference, TrajectoryPoint } from './joint-trajectory.js';

/**
 * The state at `timeS` seconds after the first point: on the polynomial of degree 5 between the two points around it,
 * the first point before it starts, and at rest in the last one after it has ended.
 *
 * @param points at least one, by increasing time
 */
export function sampleTrajectory(points: readonly TrajectoryPoint[], timeS: number): JointReference {
  const first = points[0] as TrajectoryPoint;
  const last = points[points.length - 1] as TrajectoryPoint;
  if (timeS >= last.timeS) return atRest(last);
  if (timeS <= first.timeS) return first;
  // Few points, and most calls ask near the start: a plain scan beats a bisection here.
  let index = 1;
  while ((points[index] as TrajectoryPoint).timeS <= timeS) index++;
  return sampleSegment(points[index - 1] as TrajectoryPoint, points[index] as TrajectoryPoint, timeS);
}

function atRest({ positions }: TrajectoryPoint): JointReference {
  const zeros = positions.map(() => 0);
  return { positions, velocities: zeros, accelerations: zeros };
}

/** Hermite form of degree 5 in u = (t − t₀) / h. */
function sampleSegment(from: TrajectoryPoint, to: TrajectoryPoint, timeS: number): JointReference {
  const h = to.timeS - from.timeS;
  const u = (timeS - from.timeS) / h;
  const joints = from.positions.length;
  const positions = new Array<number>(joints);
  const velocities = new Array<number>(joints);
  const accelerations = new Array<number>(joints);
  for (let joint = 0; joint < joints; joint++) {
    const p0 = from.positions[joint] as number;
    const v0 = (from.velocities[joint] as number) * h;
    const a0 = (from.accelerations[joint] as number) * h * h;
    const v1 = (to.velocities[joint] as number) * h;
    const a1 = (to.accelerations[joint] as number) * h * h;
    const d = (to.positions[joint] as number) - p0;
    const c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
    const c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
    const c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
    positions[joint] = p0 + u * (v0 + u * (0.5 * a0 + u * (c3 + u * (c4 + u * c5))));
    velocities[joint] = (v0 + u * (a0 + u * (3 * c3 + u * (4 * c4 + u * 5 * c5)))) / h;
    accelerations[joint] = (a0 + u * (6 * c3 + u * (12 * c4 + u * 20 * c5))) / (h * h);
  }
  return { positions, velocities, accelerations };
}
