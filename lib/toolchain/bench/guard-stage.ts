import { ActionChunk } from '../../action/action-chunk.js';
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

interface ArmInMotion {
  readonly robot: MemoryRobot;
  readonly executor: SafeVLAExecutor;
}

/** How far the arm is on its way when the next chunk comes, waypoints. */
const PASSED = 1.5;

/**
 * Judges chunks as `SafeVLAExecutor` does on a robot: in the middle of a motion, replaced by the next chunk. The arm is in
 * memory and its clock is virtual, so a motion of a second takes none; `submit` itself runs in real time.
 */
export class GuardStage {
  readonly #limits: readonly JointLimits[];
  readonly #audit: AuditSink | false;
  readonly #clock = new VirtualClock();
  #arm: ArmInMotion | undefined;

  /** @param audit where decisions are recorded, which is a part of their time */
  constructor(limits: readonly JointLimits[], audit: AuditSink | false) {
    this.#limits = limits;
    this.#audit = audit;
  }

  /** Sets an arm in motion along a chunk, from its first waypoint on. Takes no part in any time. */
  async prepare(chunk: ActionChunk): Promise<void> {
    this.dispose();
    const { joints } = chunk.at(0);
    const start = joints.map((value, joint) => {
      const { min, max } = this.#limits[joint] ?? { min: value, max: value };
      return Math.min(Math.max(value, min), max);
    });
    const names = this.#limits.map(({ name }) => name);
    const robot = new MemoryRobot(names, this.#clock, start);
    const executor = new SafeVLAExecutor(robot, {
      limits: this.#limits,
      audit: this.#audit,
      // Recorded frames come again and again.
      maxIdenticalFrames: false,
      onWarning: () => {},
    });
    this.#arm = { robot, executor };
    await submit(executor, this.#stamped(chunk, -1));
    const onTheWayS = Math.min(PASSED * chunk.secondsPerWaypoint, robot.motionS / 2);
    this.#clock.advanceTo(this.#clock.now() + onTheWayS * 1000);
    await executor.tick();
  }

  /** Needs {@link prepare} before each call. */
  async judge(chunk: ActionChunk): Promise<JudgedChunk> {
    const { robot, executor } = this.#arm ?? {};
    if (robot === undefined || executor === undefined)
      throw new TypeError('expected an arm in motion, got none: call prepare first');
    const stamped = this.#stamped(chunk, 0);
    robot.followedAt = undefined;
    const startedAt = performance.now();
    const { outcome, error, commandedAt } = await submit(executor, stamped);
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

  /** The chunk as if it had been observed now on the arm's clock, which stands still during an inference. */
  #stamped(chunk: ActionChunk, sequence: number): ActionChunk {
    return new ActionChunk({
      data: chunk.toFloat32Array(),
      dims: chunk.dims,
      secondsPerWaypoint: chunk.secondsPerWaypoint,
      capturedAt: this.#clock.now(),
      sequence,
      ...(chunk.frameFingerprint !== undefined && { frameFingerprint: chunk.frameFingerprint }),
    });
  }
}

function submit(executor: SafeVLAExecutor, chunk: ActionChunk) {
  const progress = executor.progressAt(chunk.capturedAt) + 1;
  return executor.submit({ chunk, waypoints: [...chunk], progress, instruction: '' });
}
