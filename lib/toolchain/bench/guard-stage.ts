import { ActionChunk, type Waypoint } from '../../action/action-chunk.js';
import { VirtualClock } from '../../robot/virtual-clock.js';
import type { AuditSink } from '../../safety/audit/audit-sink.js';
import type { JointLimits } from '../../safety/joint-limits.js';
import { SafeVLAExecutor } from '../../safety/safe-vla-executor.js';
import type { Outcome } from '../../safety/verdict.js';
import { MemoryRobot } from './memory-robot.js';

export interface JudgedChunk {
  /** Milliseconds from `submit` until the robot is given the trajectory, or until the verdict when nothing is sent. */
  readonly guardMs: number;
  /** Milliseconds until the robot has taken it over; undefined when nothing was sent. */
  readonly commandMs: number | undefined;
  readonly outcome: Outcome;
  /** Why not all of it was sent. */
  readonly why: string | undefined;
}

interface Arm {
  readonly robot: MemoryRobot;
  readonly executor: SafeVLAExecutor;
}

/** Waypoints on the way to the chunk's first one; at the first of them the arm rests, to see to its gripper. */
const LEAD_IN = 2;
/** Where the arm is when the next chunk comes, waypoints: between the last one on the way and the chunk's first. */
const PASSED = LEAD_IN + 0.5;
/** Ticks per waypoint on the way there. The arm is exactly where it is told to be, so few do. */
const TICKS = 4;
/** A motion that the guards slow down takes up to ten times as long. */
const MOST_TICKS = 10 * TICKS * (PASSED + 1);

/**
 * Judges chunks as `SafeVLAExecutor` does on a robot: in the middle of a motion, replaced by the next chunk, or from rest
 * where that cannot be. The arm is in memory and its clock is virtual, so a motion of a second takes none; `submit` itself runs in real time.
 */
export class GuardStage {
  readonly #limits: readonly JointLimits[];
  readonly #audit: AuditSink | false;
  readonly #clock = new VirtualClock();
  /** Found by a trial, once for each chunk. */
  readonly #needsRest = new WeakMap<ActionChunk, boolean>();
  #arm: Arm | undefined;

  /** @param audit where decisions are recorded, which is a part of their time */
  constructor(limits: readonly JointLimits[], audit: AuditSink | false) {
    this.#limits = limits;
    this.#audit = audit;
  }

  /**
   * Sets an arm in motion towards the first waypoint of a chunk and on along it. Where the guards would refuse the chunk
   * in such a motion, as one from rest may ask for, the arm rests a step before it. Takes no part in any time.
   */
  async prepare(chunk: ActionChunk): Promise<void> {
    if (!this.#needsRest.has(chunk)) {
      await this.#setInMotion(chunk);
      this.#needsRest.set(chunk, (await this.judge(chunk)).outcome === 'reject');
    }
    if (this.#needsRest.get(chunk)) this.#rest(chunk);
    else await this.#setInMotion(chunk);
  }

  async #setInMotion(chunk: ActionChunk): Promise<void> {
    const [start = [], ...way] = this.#leadIn(chunk);
    const { executor } = this.#startAt(start);
    const { gripper } = chunk.at(0);
    const waypoints = [...way.map((joints) => ({ joints, gripper })), ...chunk];
    // Without a fingerprint: the same image again, although the arm has moved, would be a frozen camera.
    await submit(executor, this.#stamped(chunk, -1, undefined), waypoints);
    const stepMs = (chunk.secondsPerWaypoint * 1000) / TICKS;
    for (let tick = 0; tick < MOST_TICKS; tick++) {
      if (executor.progressAt(this.#clock.now()) >= PASSED || !(await executor.tick()).moving) return;
      this.#clock.advanceTo(this.#clock.now() + stepMs);
    }
  }

  #rest(chunk: ActionChunk): void {
    this.#startAt(this.#leadIn(chunk).at(-1) ?? []);
  }

  #startAt(joints: readonly number[]): Arm {
    this.dispose();
    const names = this.#limits.map(({ name }) => name);
    const robot = new MemoryRobot(names, this.#clock, joints);
    const executor = new SafeVLAExecutor(robot, {
      limits: this.#limits,
      audit: this.#audit,
      onWarning: () => {},
    });
    this.#arm = { robot, executor };
    return this.#arm;
  }

  /** Needs {@link prepare} before each call. */
  async judge(chunk: ActionChunk): Promise<JudgedChunk> {
    const { robot, executor } = this.#arm ?? {};
    if (robot === undefined || executor === undefined)
      throw new TypeError('expected an arm in motion, got none: call prepare first');
    const stamped = this.#stamped(chunk, 0, chunk.frameFingerprint);
    robot.followedAt = undefined;
    const startedAt = performance.now();
    const { outcome, error, commandedAt } = await submit(executor, stamped, [...stamped]);
    const endedAt = performance.now();
    const sent = commandedAt === undefined ? undefined : robot.followedAt;
    return {
      guardMs: (sent ?? endedAt) - startedAt,
      commandMs: sent === undefined ? undefined : endedAt - sent,
      outcome,
      why: error?.message,
    };
  }

  /** Lets go of the arm. Idempotent. */
  dispose(): void {
    this.#arm?.executor.dispose();
    this.#arm = undefined;
  }

  /**
   * Where the arm starts and what it passes before the chunk's first waypoint: at the chunk's own pace, because a policy
   * goes on from where the arm is.
   */
  #leadIn(chunk: ActionChunk): readonly (readonly number[])[] {
    const first = chunk.at(0).joints;
    const second = chunk.horizon > 1 ? chunk.at(1).joints : first;
    return Array.from({ length: LEAD_IN + 1 }, (_, index) =>
      first.map((value, joint) => {
        const { min, max } = this.#limits[joint] ?? { min: value, max: value };
        const step = (second[joint] ?? value) - value;
        return Math.min(Math.max(value - (LEAD_IN + 1 - index) * step, min), max);
      }),
    );
  }

  /** The chunk as if it had been observed now on the arm's clock, which stands still during an inference. */
  #stamped(chunk: ActionChunk, sequence: number, frameFingerprint: number | undefined): ActionChunk {
    return new ActionChunk({
      data: chunk.toFloat32Array(),
      dims: chunk.dims,
      secondsPerWaypoint: chunk.secondsPerWaypoint,
      capturedAt: this.#clock.now(),
      sequence,
      ...(frameFingerprint !== undefined && { frameFingerprint }),
    });
  }
}

function submit(executor: SafeVLAExecutor, chunk: ActionChunk, waypoints: readonly Waypoint[]) {
  const progress = executor.progressAt(chunk.capturedAt) + 1;
  return executor.submit({ chunk, waypoints, progress, instruction: '' });
}
