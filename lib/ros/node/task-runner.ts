import type { ChunkInferrer } from '../../action/chunk-inferrer.js';
import { ChunkScheduler } from '../../action/chunk-scheduler.js';
import type { ChunkSchedulerOptions } from '../../action/scheduler-options.js';
import type { SchedulerOutcome } from '../../action/scheduler-outcome.js';
import { VLAError } from '../../errors.js';
import { asVLAError } from '../../robot/faults.js';
import type { Robot } from '../../robot/robot.js';
import type { GuardedMotion } from '../../safety/guarded-motion.js';
import { NO_TASK, type Task, type TaskFollower } from './task.js';
import { TimeLimit } from './time-limit.js';

export interface TaskRunnerOptions {
  readonly scheduler: ChunkSchedulerOptions;
  /** Ends an instruction after this time on the robot's clock, seconds; 0: never. Asked at the start of each. */
  readonly timeLimitS: () => number;
  /** Given up after so long without a single chunk that could be sent, seconds. */
  readonly giveUpAfterS: number;
  readonly onChange: (task: Task) => void;
  /** A run that ended and is tried again. */
  readonly onRetry: (outcome: SchedulerOutcome) => void;
  /** Each run that ended. */
  readonly onRun: (instruction: string, outcome: SchedulerOutcome) => void;
}

/** From the end of a run to the next try, milliseconds. */
const RETRY_MS = 500;
/** Ends that may pass by themselves: the camera comes back, the policy recovers. */
const PASSING: readonly SchedulerOutcome['end'][] = ['inference', 'rejected'];

/** Follows one instruction at a time with a {@link ChunkScheduler}, on the newest that was given. */
export class TaskRunner implements TaskFollower {
  readonly #robot: Robot;
  readonly #scheduler: ChunkScheduler;
  readonly #options: TaskRunnerOptions;
  #task: Task = NO_TASK;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #scheduled = false;
  #limit: TimeLimit | undefined;
  /** When the last chunk was sent, or the task began. */
  #progressAt = 0;

  constructor(inferrer: ChunkInferrer, robot: Robot, motion: GuardedMotion, options: TaskRunnerOptions) {
    const { onChunk } = options.scheduler;
    this.#robot = robot;
    this.#options = options;
    this.#scheduler = new ChunkScheduler(inferrer, robot, motion, {
      ...options.scheduler,
      onChunk: (span) => {
        if (span.commandedAt !== undefined) this.#progressAt = robot.clock.now();
        onChunk?.(span);
      },
    });
  }

  get task(): Task {
    return this.#task;
  }

  follow(instruction: string): void {
    const text = instruction.trim();
    if (text === '') {
      this.#stopping.abort();
      return;
    }
    const running = this.#task.state === 'running' && !this.#stopping.signal.aborted;
    if (running && text === this.#task.instruction) return;
    this.#change({ state: 'running', instruction: text });
    if (running) {
      this.#limit?.restart();
      if (this.#scheduled) this.#scheduler.setInstruction(text);
      return;
    }
    // One that was just ended is still braking: the next begins from rest.
    const before = this.#running ?? Promise.resolve();
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#running = before.then(() => this.#follow(stopping.signal));
  }

  async stop(): Promise<void> {
    if (this.#task.state !== 'running') return;
    this.#stopping.abort();
    await this.#running;
    const { reason } = this.#task;
    if (reason?.code === 'ROBOT_FAILED') throw reason;
  }

  /** Never rejects. */
  async #follow(stopped: AbortSignal): Promise<void> {
    const { clock } = this.#robot;
    const limit = new TimeLimit(clock, this.#options.timeLimitS);
    this.#limit = limit;
    this.#progressAt = clock.now();
    try {
      const signal = AbortSignal.any([stopped, limit.signal]);
      while (!signal.aborted) {
        const outcome = await this.#run(signal);
        if (!this.#isWorthRetrying(outcome) || signal.aborted) {
          this.#change(this.#ended(outcome));
          return;
        }
        this.#options.onRetry(outcome);
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
      this.#change({ ...this.#task, state: 'ended', reason: this.#endedEarly() });
    } catch (error) {
      this.#change({ ...this.#task, state: 'failed', reason: asVLAError('following an instruction', error) });
    } finally {
      limit.dispose();
    }
  }

  async #run(signal: AbortSignal): Promise<SchedulerOutcome> {
    this.#scheduled = true;
    try {
      const { instruction } = this.#task;
      const outcome = await this.#scheduler.run(instruction, { signal });
      this.#options.onRun(instruction, outcome);
      return outcome;
    } finally {
      this.#scheduled = false;
    }
  }

  #isWorthRetrying({ end }: SchedulerOutcome): boolean {
    const idleMs = this.#robot.clock.now() - this.#progressAt;
    return PASSING.includes(end) && idleMs < this.#options.giveUpAfterS * 1000;
  }

  #ended({ end, reason }: SchedulerOutcome): Task {
    const { instruction } = this.#task;
    const why = reason && { reason };
    switch (end) {
      case 'success':
        return { state: why ? 'failed' : 'succeeded', instruction, ...why };
      case 'latched':
        return { state: 'latched', instruction, ...why };
      case 'aborted':
      case 'timeLimit':
        return reason === undefined || reason.code === 'ABORTED'
          ? { state: 'ended', instruction, reason: this.#endedEarly() }
          : { state: 'failed', instruction, reason };
      default:
        return { state: 'failed', instruction, ...why };
    }
  }

  #endedEarly(): VLAError {
    return this.#limit?.signal.aborted
      ? new VLAError('DEADLINE_EXCEEDED', 'the time for the instruction was over')
      : new VLAError('ABORTED', 'the instruction was ended');
  }

  #change(task: Task): void {
    this.#task = task;
    this.#options.onChange(task);
  }
}
