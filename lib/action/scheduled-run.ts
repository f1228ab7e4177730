import type { VLAError } from '../errors.js';
import { abortable } from '../robot/abortable.js';
import { asVLAError, callback } from '../robot/faults.js';
import { FixedRate } from '../robot/fixed-rate.js';
import { bringToRest } from './bring-to-rest.js';
import { ChunkPipeline, type SchedulerParts, type Verdict } from './chunk-pipeline.js';
import type { SchedulerOutcome } from './scheduler-outcome.js';
import { SchedulerTally } from './scheduler-tally.js';

/** One run of a scheduler, from its instruction to the robot at rest. */
export class ScheduledRun {
  readonly #parts: SchedulerParts;
  readonly #signal: AbortSignal | undefined;
  readonly #tally: SchedulerTally;
  readonly #pipeline: ChunkPipeline;
  readonly #rate: FixedRate;
  readonly #startedAt: number;
  #verdict: Verdict | undefined;
  #checking = false;
  #nextCheckAt = Number.NEGATIVE_INFINITY;

  /** @throws VLAError INVALID_ARGUMENT when an option of the parts is out of range */
  constructor(parts: SchedulerParts, instruction: string, signal: AbortSignal | undefined) {
    this.#parts = parts;
    this.#signal = signal;
    this.#rate = new FixedRate(parts.robot.clock, parts.config.rateHz);
    this.#startedAt = parts.robot.clock.now();
    this.#tally = new SchedulerTally(this.#startedAt);
    this.#pipeline = new ChunkPipeline(parts, instruction, this.#tally, (verdict) => {
      this.#verdict ??= verdict;
    });
  }

  setInstruction(instruction: string): void {
    this.#pipeline.instruction = instruction;
  }

  /** Never rejects. */
  async toEnd(): Promise<SchedulerOutcome> {
    const { robot } = this.#parts;
    const verdict = await this.#loop().catch((error: unknown): Verdict => {
      const end = this.#signal?.aborted ? 'aborted' : 'failed';
      return { end, reason: asVLAError('the control loop', error) };
    });
    const stats = this.#tally.stats(robot.clock.now());
    // What listeners and callbacks report from now on comes too late to change how it ended.
    this.#verdict = verdict;
    const { end } = verdict;
    const reason = (await this.#rest(verdict)) ?? verdict.reason;
    return { ...stats, completed: end === 'success', end, ...(reason && { reason }) };
  }

  async #loop(): Promise<Verdict> {
    const { robot, motion, config } = this.#parts;
    const signal = this.#signal;
    for (;;) {
      this.#tally.ticked(await abortable(() => this.#rate.next(signal), signal));
      const status = await callback('the control tick', () => motion.tick(), signal);
      const now = robot.clock.now();
      if (status.latched) return { end: 'latched', reason: status.latched };
      if (this.#verdict) return this.#verdict;
      if (config.timeLimitMs !== undefined && now - this.#startedAt >= config.timeLimitMs)
        return { end: 'timeLimit' };
      this.#tally.saw(status, now);
      this.#checkSuccess(now);
      await callback('the control step', () => this.#pipeline.step(status), signal);
    }
  }

  /** Starts a check of the success condition when one is due; its answer is seen at a later tick. */
  #checkSuccess(now: number): void {
    const { config, robot } = this.#parts;
    const { successCondition } = config;
    if (successCondition === undefined || this.#checking || now < this.#nextCheckAt) return;
    const { instruction } = this.#pipeline;
    this.#nextCheckAt = now + config.successEveryMs;
    this.#checking = true;
    callback('the success condition', () => successCondition(instruction, robot)).then(
      (succeeded) => {
        this.#checking = false;
        if (succeeded && instruction === this.#pipeline.instruction) this.#verdict ??= { end: 'success' };
      },
      (error: unknown) => {
        this.#verdict ??= { end: 'failed', reason: asVLAError('the success condition', error) };
      },
    );
  }

  /** @returns why the robot could not simply be brought to rest */
  async #rest({ end, reason }: Verdict): Promise<VLAError | undefined> {
    const { robot, motion, config } = this.#parts;
    await this.#pipeline.close();
    try {
      await bringToRest(motion, robot, {
        rateHz: config.rateHz,
        timeoutMs: config.brakeTimeoutMs,
        latched: end === 'latched',
        ...(reason && { after: reason }),
      });
      return undefined;
    } catch (error) {
      return asVLAError('braking', error);
    }
  }
}
