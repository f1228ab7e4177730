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

/**
 * Instructions that follow one another without a rest in between: each takes the place of the one before it, until one
 * is over. What comes after that begins from rest.
 */
interface Pursuit {
  instruction: string;
  /** Fired by those who end it. */
  readonly ending: AbortController;
  limit: TimeLimit | undefined;
  /** Whether the scheduler runs for it. */
  scheduled: boolean;
  /** The instruction has succeeded, so that the robot is brought to rest. */
  succeeded: boolean;
}

/** Follows one instruction at a time with a {@link ChunkScheduler}, on the newest that was given. */
export class TaskRunner implements TaskFollower {
  readonly #robot: Robot;
  readonly #scheduler: ChunkScheduler;
  readonly #options: TaskRunnerOptions;
  #task: Task = NO_TASK;
  /** The newest; those before it may still be braking. */
  #pursuit: Pursuit | undefined;
  /** Settles with the newest pursuit, never rejects. */
  #running: Promise<void> = Promise.resolve();
  /** When the last chunk was sent, or the instruction came. */
  #progressAt = 0;

  constructor(inferrer: ChunkInferrer, robot: Robot, motion: GuardedMotion, options: TaskRunnerOptions) {
    const { onChunk, successCondition } = options.scheduler;
    this.#robot = robot;
    this.#options = options;
    this.#scheduler = new ChunkScheduler(inferrer, robot, motion, {
      ...options.scheduler,
      ...(successCondition && {
        successCondition: async (instruction, judged) => {
          const succeeded = await successCondition(instruction, judged);
          const pursuit = this.#pursuit;
          // The scheduler brakes for it from here on, and would take another instruction to no effect.
          if (succeeded && pursuit?.scheduled && pursuit.instruction === instruction)
            pursuit.succeeded = true;
          return succeeded;
        },
      }),
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
      this.#pursuit?.ending.abort();
      return;
    }
    const running = this.#pursuit;
    if (running !== undefined && !isEnding(running)) {
      if (text === running.instruction) return;
      running.instruction = text;
      running.limit?.restart();
      this.#progressAt = this.#robot.clock.now();
      if (running.scheduled) this.#scheduler.setInstruction(text);
      this.#change({ state: 'running', instruction: text });
      return;
    }
    const pursuit: Pursuit = {
      instruction: text,
      ending: new AbortController(),
      limit: undefined,
      scheduled: false,
      succeeded: false,
    };
    this.#pursuit = pursuit;
    this.#running = this.#running.then(() => this.#follow(pursuit));
    this.#change({ state: 'running', instruction: text });
  }

  async stop(): Promise<void> {
    if (this.#pursuit === undefined) return;
    this.#pursuit.ending.abort();
    await this.#running;
    const { reason } = this.#task;
    if (reason?.code === 'ROBOT_FAILED') throw reason;
  }

  /** Never rejects. */
  async #follow(pursuit: Pursuit): Promise<void> {
    const { clock } = this.#robot;
    const limit = new TimeLimit(clock, this.#options.timeLimitS);
    pursuit.limit = limit;
    this.#progressAt = clock.now();
    const signal = AbortSignal.any([pursuit.ending.signal, limit.signal]);
    const ended = await this.#tryAgainAndAgain(pursuit, signal).catch(
      (error: unknown): Task => ({
        state: 'failed',
        instruction: pursuit.instruction,
        reason: asVLAError('following an instruction', error),
      }),
    );
    limit.dispose();
    if (this.#pursuit === pursuit) {
      this.#pursuit = undefined;
      this.#task = ended;
    }
    this.#tell(ended);
  }

  async #tryAgainAndAgain(pursuit: Pursuit, signal: AbortSignal): Promise<Task> {
    while (!signal.aborted) {
      const outcome = await this.#run(pursuit, signal);
      if (!this.#isWorthRetrying(outcome) || signal.aborted) return taskAfter(outcome, pursuit);
      this.#options.onRetry(outcome);
      await this.#robot.clock.sleep(RETRY_MS, signal).catch(() => {});
    }
    return { state: 'ended', instruction: pursuit.instruction, reason: endedEarly(pursuit) };
  }

  async #run(pursuit: Pursuit, signal: AbortSignal): Promise<SchedulerOutcome> {
    pursuit.scheduled = true;
    try {
      const outcome = await this.#scheduler.run(pursuit.instruction, { signal });
      this.#options.onRun(pursuit.instruction, outcome);
      return outcome;
    } finally {
      pursuit.scheduled = false;
      pursuit.succeeded = false;
    }
  }

  #isWorthRetrying({ end }: SchedulerOutcome): boolean {
    const idleMs = this.#robot.clock.now() - this.#progressAt;
    return PASSING.includes(end) && idleMs < this.#options.giveUpAfterS * 1000;
  }

  #change(task: Task): void {
    this.#task = task;
    this.#tell(task);
  }

  /** A listener that throws must not keep an instruction from its end. */
  #tell(task: Task): void {
    try {
      this.#options.onChange(task);
    } catch (error) {
      process.emitWarning(`onChange of a task threw: ${String(error)}`);
    }
  }
}

/** Whether the robot is brought to rest now, so that another instruction must wait for that. */
function isEnding({ ending, limit, succeeded }: Pursuit): boolean {
  return ending.signal.aborted || limit?.signal.aborted === true || succeeded;
}

function taskAfter({ end, reason }: SchedulerOutcome, pursuit: Pursuit): Task {
  const { instruction } = pursuit;
  const why = reason && { reason };
  switch (end) {
    case 'success':
      return { state: why ? 'failed' : 'succeeded', instruction, ...why };
    case 'latched':
      return { state: 'latched', instruction, ...why };
    case 'aborted':
    case 'timeLimit':
      return reason === undefined || reason.code === 'ABORTED'
        ? { state: 'ended', instruction, reason: endedEarly(pursuit) }
        : { state: 'failed', instruction, reason };
    default:
      return { state: 'failed', instruction, ...why };
  }
}

function endedEarly({ limit }: Pursuit): VLAError {
  return limit?.signal.aborted
    ? new VLAError('DEADLINE_EXCEEDED', 'the time for the instruction was over')
    : new VLAError('ABORTED', 'the instruction was ended');
}
