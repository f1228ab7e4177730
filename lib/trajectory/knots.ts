import type { JointReference, TrajectoryPoint } from './joint-trajectory.js';

/**
 * The points of a trajectory in flat arrays, for the inner loops: the value of a joint at a point is at
 * `point * joints + joint`. Seconds, rad, rad/s, rad/s².
 */
export class Knots {
  readonly count: number;
  readonly joints: number;
  readonly times: Float64Array;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly accelerations: Float64Array;

  constructor(count: number, joints: number) {
    this.count = count;
    this.joints = joints;
    this.times = new Float64Array(count);
    this.positions = new Float64Array(count * joints);
    this.velocities = new Float64Array(count * joints);
    this.accelerations = new Float64Array(count * joints);
  }

  static of(points: readonly TrajectoryPoint[]): Knots {
    const knots = new Knots(points.length, points[0]?.positions.length ?? 0);
    points.forEach((point, index) => {
      knots.times[index] = point.timeS;
      knots.set(index, point);
    });
    return knots;
  }

  set(index: number, { positions, velocities, accelerations }: JointReference): void {
    const row = index * this.joints;
    for (let joint = 0; joint < this.joints; joint++) {
      this.positions[row + joint] = positions[joint] as number;
      this.velocities[row + joint] = velocities[joint] as number;
      this.accelerations[row + joint] = accelerations[joint] as number;
    }
  }

  toPoints(): TrajectoryPoint[] {
    const points = new Array<TrajectoryPoint>(this.count);
    for (let index = 0; index < this.count; index++)
      points[index] = {
        timeS: this.times[index] as number,
        positions: this.#row(this.positions, index),
        velocities: this.#row(this.velocities, index),
        accelerations: this.#row(this.accelerations, index),
      };
    return points;
  }

  #row(values: Float64Array, index: number): number[] {
    const row = new Array<number>(this.joints);
    for (let joint = 0; joint < this.joints; joint++)
      row[joint] = values[index * this.joints + joint] as number;
    return row;
  }
}
