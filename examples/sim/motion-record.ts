import { liftedBlock } from './lifted-block.js';
import type { BlockColor } from './scene.js';
import type { SimStage } from './stage.js';

/** A joint slower than this is at rest, rad/s. */
const AT_REST = 1e-3;
/** Fingers slower than this are at rest, m/s, once they have had the time to start, seconds. */
const FINGER_AT_REST = 1e-3;
const FINGER_START_S = 0.06;
/** How often the record looks whether a block is lifted, physics steps. */
const LOOK_EVERY = 5;
/** Steps between the velocities from which the jerk of the measured motion is taken. */
const MEASURED_WINDOW = 5;

/** rad/s³, over all joints and every physics step from the first motion to the end of the record. */
export interface Jerk {
  readonly mean: number;
  readonly max: number;
}

/** How an arm moved, seen from outside: from the physics, the same for every way of control. */
export interface MotionFigures {
  /** When a block was lifted first, seconds after the first observation; null when none was. */
  readonly liftedAtS: number | null;
  readonly lifted: BlockColor | null;
  /** Third differences of the commanded joint angles, one physics step apart. */
  readonly commandedJerk: Jerk;
  /** Second differences of the measured joint velocities, five physics steps apart. */
  readonly measuredJerk: Jerk;
  /** Longest time that the commanded joints stood still after the first motion, the gripper's actions left out. */
  readonly worstPauseS: number;
  /** All of that time together. */
  readonly pausedS: number;
  /** Longest time that they stood still while the fingers moved. */
  readonly longestGripS: number;
}

/** Records each physics step of one episode, until a block is lifted. */
export class MotionRecord {
  readonly #stage: SimStage;
  readonly #stepS: number;
  readonly #commanded: (readonly number[])[] = [];
  readonly #velocities: (readonly number[])[] = [];
  readonly #commandedJerk = new JerkTally();
  readonly #measuredJerk = new JerkTally();
  #steps = 0;
  #moved = false;
  #closed: boolean;
  #gripSince = Number.NEGATIVE_INFINITY;
  #gripping = false;
  #pause = 0;
  #worstPause = 0;
  #paused = 0;
  #grip = 0;
  #longestGrip = 0;
  #lifted: BlockColor | null = null;

  /** Begins at the first observation of an episode. */
  constructor(stage: SimStage) {
    this.#stage = stage;
    this.#stepS = stage.world.timestep;
    this.#closed = stage.world.gripperClosed;
  }

  /** Called after each physics step. */
  onStep(): void {
    if (this.#lifted !== null) return;
    const { world } = this.#stage;
    this.#steps++;
    keep(this.#commanded, world.jointTarget, 4);
    keep(this.#velocities, world.jointVelocities(), 2 * MEASURED_WINDOW + 1);
    this.#watchRest();
    if (this.#moved) this.#watchJerk();
    if (this.#steps % LOOK_EVERY === 0) this.#lifted = liftedBlock(this.#stage);
  }

  get figures(): MotionFigures {
    const timeS = this.#steps * this.#stepS;
    return {
      liftedAtS: this.#lifted === null ? null : timeS,
      lifted: this.#lifted,
      commandedJerk: this.#commandedJerk.jerk,
      measuredJerk: this.#measuredJerk.jerk,
      worstPauseS: this.#worstPause * this.#stepS,
      pausedS: this.#paused * this.#stepS,
      longestGripS: this.#longestGrip * this.#stepS,
    };
  }

  #watchRest(): void {
    const { world } = this.#stage;
    const now = this.#steps * this.#stepS;
    if (world.gripperClosed !== this.#closed) {
      this.#closed = world.gripperClosed;
      this.#gripSince = now;
      this.#gripping = true;
    }
    if (now - this.#gripSince > FINGER_START_S && world.fingerSpeed() < FINGER_AT_REST)
      this.#gripping = false;
    const [before, after] = this.#commanded.slice(-2);
    const resting =
      before === undefined ||
      after === undefined ||
      after.every((angle, joint) => Math.abs(angle - (before[joint] ?? angle)) <= AT_REST * this.#stepS);
    if (!resting) this.#moved = true;
    const paused = this.#moved && resting;
    this.#pause = paused && !this.#gripping ? this.#pause + 1 : 0;
    this.#grip = paused && this.#gripping ? this.#grip + 1 : 0;
    if (this.#pause > 0) this.#paused++;
    this.#worstPause = Math.max(this.#worstPause, this.#pause);
    this.#longestGrip = Math.max(this.#longestGrip, this.#grip);
  }

  #watchJerk(): void {
    const [p0, p1, p2, p3] = this.#commanded;
    const cube = this.#stepS ** 3;
    p3?.forEach((value, joint) => {
      const third = value - 3 * (p2?.[joint] ?? 0) + 3 * (p1?.[joint] ?? 0) - (p0?.[joint] ?? 0);
      this.#commandedJerk.add(third / cube);
    });
    const [v0, v1, v2] = [0, MEASURED_WINDOW, 2 * MEASURED_WINDOW].map((index) => this.#velocities[index]);
    const square = (MEASURED_WINDOW * this.#stepS) ** 2;
    v2?.forEach((value, joint) => {
      this.#measuredJerk.add((value - 2 * (v1?.[joint] ?? 0) + (v0?.[joint] ?? 0)) / square);
    });
  }
}

class JerkTally {
  #sum = 0;
  #count = 0;
  #max = 0;

  add(jerk: number): void {
    this.#sum += Math.abs(jerk);
    this.#count++;
    this.#max = Math.max(this.#max, Math.abs(jerk));
  }

  get jerk(): Jerk {
    return { mean: this.#count === 0 ? 0 : this.#sum / this.#count, max: this.#max };
  }
}

/** Appends a sample and drops the oldest beyond `count`. */
function keep(samples: (readonly number[])[], sample: readonly number[], count: number): void {
  samples.push(sample);
  if (samples.length > count) samples.shift();
}
