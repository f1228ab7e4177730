import { VLAError } from '../errors.js';
import type { Robot } from '../robot/robot.js';
import type { GuardedMotion } from '../safety/guarded-motion.js';
import type { ChunkInferrer } from './chunk-inferrer.js';
import { ChunkSource } from './chunk-source.js';
import { DelayEstimator } from './delay-estimator.js';
import { ScheduledRun } from './scheduled-run.js';
import { type ChunkSchedulerOptions, type SchedulerConfig, schedulerConfig } from './scheduler-options.js';
import type { SchedulerOutcome } from './scheduler-outcome.js';

export interface RunOptions {
  /** Ends the run: the robot brakes along its path. */
  readonly signal?: AbortSignal;
}

/**
 * Asynchronous control: the policy thinks about the next chunk while the robot runs the present one, so the robot
 * need not stand still in between. A loop at a fixed rate watches the motion, asks for chunks in time, merges each
 * with what is under way, and hands it to the safe side, which has the last word.
 */
export class ChunkScheduler {
  readonly #robot: Robot;
  readonly #motion: GuardedMotion;
  readonly #config: SchedulerConfig;
  readonly #source: ChunkSource;
  readonly #delays: DelayEstimator;
  #run: ScheduledRun | undefined;

  /**
   * @param motion drives `robot`
   * @throws VLAError INVALID_ARGUMENT when an option is out of range, UNSUPPORTED_POLICY for the merge `rtc`
   */
  constructor(
    inferrer: ChunkInferrer,
    robot: Robot,
    motion: GuardedMotion,
    options: ChunkSchedulerOptions = {},
  ) {
    this.#robot = robot;
    this.#motion = motion;
    this.#config = schedulerConfig(options);
    this.#source = new ChunkSource(inferrer, robot, motion, this.#config);
    this.#delays = new DelayEstimator(options.delay);
    // Its parts check the rest of the options, and a wrong one shall show now and not in the first run.
    this.#newRun('', undefined);
  }

  /**
   * Follows an instruction until its success condition holds, or until one of the other ends of
   * {@link SchedulerOutcome}. Whatever happens, the robot is at rest afterwards (unless the reason says that it could
   * not be stopped), and no inference, timer or command is left behind.
   *
   * @throws VLAError INVALID_ARGUMENT when an argument is wrong, or while an earlier run is still going on
   */
  async run(instruction: string, options: RunOptions = {}): Promise<SchedulerOutcome> {
    checkInstruction(instruction);
    const { signal } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw new VLAError('INVALID_ARGUMENT', `options.signal: expected an AbortSignal, got ${typeof signal}`);
    if (this.#run !== undefined)
      throw new VLAError('INVALID_ARGUMENT', 'run was called while an earlier run is still going on', {
        hint: 'Await it, cancel it through its signal, or give it another task with setInstruction.',
      });
    const run = this.#newRun(instruction, signal);
    this.#run = run;
    try {
      return await run.toEnd();
    } finally {
      this.#run = undefined;
    }
  }

  /**
   * Gives the present run another task. The robot goes on along its chunk until the first one of the new task takes
   * over; an inference for the old task is dropped, and chunks of both are never blended.
   *
   * @throws VLAError INVALID_ARGUMENT when it is no string, or while nothing runs
   */
  setInstruction(instruction: string): void {
    checkInstruction(instruction);
    if (this.#run === undefined)
      throw new VLAError('INVALID_ARGUMENT', 'setInstruction was called while nothing runs', {
        hint: 'Give the first instruction to run().',
      });
    this.#run.setInstruction(instruction);
  }

  #newRun(instruction: string, signal: AbortSignal | undefined): ScheduledRun {
    const parts = {
      robot: this.#robot,
      motion: this.#motion,
      config: this.#config,
      source: this.#source,
      delays: this.#delays,
    };
    return new ScheduledRun(parts, instruction, signal);
  }
}

function checkInstruction(instruction: unknown): void {
  if (typeof instruction !== 'string')
    throw new VLAError('INVALID_ARGUMENT', `the instruction must be a string, got ${typeof instruction}`);
}
