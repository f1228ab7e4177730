import type { MjData } from '@mujoco/mujoco';
import { VLAError } from '../../../errors.js';
import type { ModelTables } from './model-tables.js';

/** A pose in the world frame. */
export interface ObstaclePose {
  /** m */
  readonly position: readonly [x: number, y: number, z: number];
  /** w, x, y, z; a unit quaternion. Default: not rotated. */
  readonly quaternion?: readonly [w: number, x: number, y: number, z: number];
}

interface Obstacle {
  /** Index among the mocap bodies, −1 when it moves by a free joint. */
  readonly mocap: number;
  readonly qpos: number;
  stampMs: number;
}

/** Bodies that move without the robot, and when each was last heard of. */
export class MovingObstacles {
  readonly #obstacles = new Map<string, Obstacle>();

  /** @throws VLAError INVALID_ARGUMENT unless each is a mocap body or has a free joint */
  constructor(tables: ModelTables, names: readonly string[]) {
    for (const name of names) {
      const body = tables.bodies.find((each) => each.name === name);
      const joint = body?.joints.map((index) => tables.joints[index]).find((each) => each?.type === 'free');
      if (body === undefined || (body.mocap < 0 && joint === undefined))
        throw new VLAError('INVALID_ARGUMENT', `moving: the model has no mocap or free body named ${name}`);
      this.#obstacles.set(name, {
        mocap: body.mocap,
        qpos: joint?.qpos ?? 0,
        stampMs: Number.NEGATIVE_INFINITY,
      });
    }
  }

  /** −Infinity while one of them was never heard of. */
  get oldestStamp(): number {
    return Math.min(...[...this.#obstacles.values()].map((obstacle) => obstacle.stampMs));
  }

  set(
    data: MjData,
    name: string,
    { position, quaternion = [1, 0, 0, 0] }: ObstaclePose,
    stampMs: number,
  ): void {
    const obstacle = this.#obstacles.get(name);
    if (obstacle === undefined)
      throw new VLAError('INVALID_ARGUMENT', `${name} is not one of the moving obstacles`, {
        hint: `List it in \`moving\`. Those are: ${[...this.#obstacles.keys()].join(', ') || 'none'}.`,
      });
    const unit = Math.abs(Math.hypot(...quaternion) - 1) < 0.01;
    if (position.length !== 3 || ![...position, stampMs].every(Number.isFinite) || !unit)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `obstacle ${name}: expected a finite position, a unit quaternion and a stamp in ms, got [${position.join(', ')}], [${quaternion.join(', ')}], ${stampMs}`,
      );
    if (obstacle.mocap >= 0) {
      data.mocap_pos.set(position, 3 * obstacle.mocap);
      data.mocap_quat.set(quaternion, 4 * obstacle.mocap);
    } else data.qpos.set([...position, ...quaternion], obstacle.qpos);
    obstacle.stampMs = stampMs;
  }

  stampAll(stampMs: number): void {
    if (!Number.isFinite(stampMs))
      throw new VLAError('INVALID_ARGUMENT', `expected a stamp in ms, got ${stampMs}`);
    for (const obstacle of this.#obstacles.values()) obstacle.stampMs = stampMs;
  }
}
