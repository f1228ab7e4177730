import type { ActionChunk, InferenceTiming } from '../../action/action-chunk.js';
import { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import { systemClock } from '../../robot/clock.js';
import { FixedRate } from '../../robot/fixed-rate.js';
import type { AuditSink } from '../../safety/audit/audit-sink.js';
import { decodeFrames } from './decode-stage.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { guardLimits } from './guard-limits.js';
import { GuardStage, type JudgedChunk } from './guard-stage.js';
import type { ObservationChoice } from './observations.js';
import type { BenchTarget } from './policy-target.js';
import { type Question, Questions } from './questions.js';
import type { Stage } from './report.js';

/** Milliseconds of each pass through the stages. */
export type StageTimes = Readonly<Record<Stage, number[]>>;

/** How loading went. */
interface Loading {
  readonly ms: number;
  /** Resident memory of the process, bytes. */
  readonly rssBefore: number;
  readonly rssAfter: number;
  readonly warnings: readonly string[];
}

const LEAST_PERIODS = 5;
const MOST_CURVE = 50;
const LEAST_WARM_UP = 5;

/** A loaded policy, and everything that was measured of it. All times are milliseconds. */
export class MeasuredPolicy implements AsyncDisposable {
  /** Latencies of the first inferences. */
  readonly curve: number[] = [];
  readonly stages: StageTimes = {
    decode: [],
    preprocess: [],
    infer: [],
    postprocess: [],
    guard: [],
    command: [],
    total: [],
  };
  readonly judged: Pick<JudgedChunk, 'outcome' | 'why'>[] = [];
  inferencesPerSecond: number | undefined;
  eventLoopDelays: readonly number[] = [];
  periods: { readonly rateHz: number; readonly ms: readonly number[]; readonly missed: number } | undefined;
  /** Why there is no guard stage; undefined when there is one. */
  readonly notGuarded: string | undefined;
  readonly #guards: GuardStage | undefined;
  #chunk: ActionChunk | undefined;

  /** @throws VLAError what {@link JetsonVLAEngine.load} and {@link Questions.prepare} throw */
  static async load(
    target: BenchTarget,
    choice: ObservationChoice,
    audit: AuditSink,
  ): Promise<MeasuredPolicy> {
    const rssBefore = process.memoryUsage.rss();
    const warnings: string[] = [];
    const startedAt = performance.now();
    const engine = await JetsonVLAEngine.load(target.path, {
      ...target.options,
      // It would be the first inference, and what comes after it would be warm.
      golden: 'skip',
      onWarning: (text) => warnings.push(text),
    });
    try {
      const loading = {
        ms: performance.now() - startedAt,
        rssBefore,
        rssAfter: process.memoryUsage.rss(),
        warnings,
      };
      const questions = await Questions.prepare(engine.policy, choice);
      return new MeasuredPolicy(target, engine, loading, questions, audit);
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  private constructor(
    readonly target: BenchTarget,
    readonly engine: JetsonVLAEngine,
    readonly loading: Loading,
    readonly questions: Questions,
    audit: AuditSink,
  ) {
    const limits = guardLimits(engine.policy.manifest);
    this.notGuarded = typeof limits === 'string' ? limits : undefined;
    this.#guards = typeof limits === 'string' ? undefined : new GuardStage(limits, audit);
  }

  /** Runs for so many seconds, and for five inferences at least; the first fifty latencies are kept. */
  async warmUp(seconds: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + seconds * 1000;
    for (let done = 0; done < LEAST_WARM_UP || performance.now() < until; done++) {
      const { totalMs } = await this.#inferNext(signal);
      if (done < MOST_CURVE) this.curve.push(totalMs);
    }
  }

  /**
   * Passes through all stages for so many seconds, once at least. Needs a warm-up before.
   *
   * @returns what was added to {@link stages}
   */
  async runStages(seconds: number, signal: AbortSignal): Promise<Pick<StageTimes, 'infer' | 'total'>> {
    const until = performance.now() + seconds * 1000;
    const before = this.stages.total.length;
    do await this.#pass(signal);
    while (performance.now() < until);
    return { infer: this.stages.infer.slice(before), total: this.stages.total.slice(before) };
  }

  /** Inferences one right after the other. */
  async runBackToBack(seconds: number, signal: AbortSignal): Promise<void> {
    const loop = new EventLoopDelay();
    const startedAt = performance.now();
    let done = 0;
    try {
      do {
        await this.#inferNext(signal);
        done++;
      } while (performance.now() < startedAt + seconds * 1000);
    } finally {
      this.eventLoopDelays = loop.stop();
      if (done > 0) this.inferencesPerSecond = (done * 1000) / (performance.now() - startedAt);
    }
  }

  /** Inferences at a fixed rate, five periods at least. Does nothing when there is no time for them. */
  async runAtRate(rateHz: number, seconds: number, signal: AbortSignal): Promise<void> {
    if (seconds * rateHz < LEAST_PERIODS) return;
    const rate = new FixedRate(systemClock, rateHz);
    const until = performance.now() + seconds * 1000;
    const ms: number[] = [];
    let missed = 0;
    let startedAt: number | undefined;
    try {
      while (performance.now() < until || ms.length < LEAST_PERIODS) {
        missed += (await rate.next(signal)).missed;
        const now = performance.now();
        if (startedAt !== undefined) ms.push(now - startedAt);
        startedAt = now;
        await this.#inferNext(signal);
      }
    } finally {
      if (ms.length > 0) this.periods = { rateHz, ms, missed };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guards?.dispose();
    await this.engine.dispose();
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const question = this.questions.next();
    const { wire } = question;
    if (this.#chunk !== undefined) await this.#guards?.prepare(this.#chunk);
    const startedAt = performance.now();
    const images = wire === undefined ? question.images : await decodeFrames(wire);
    const decodedAt = performance.now();
    const { chunk, preprocessMs, inferMs, postprocessMs } = await this.#infer(question, images, signal);
    const inferredAt = performance.now();
    const judged = await this.#guards?.judge(chunk);
    const add = (stage: Stage, ms: number | undefined) => ms !== undefined && this.stages[stage].push(ms);
    add('decode', wire && decodedAt - startedAt);
    add('preprocess', preprocessMs);
    add('infer', inferMs);
    add('postprocess', postprocessMs);
    add('guard', judged?.guardMs);
    add('command', judged?.commandMs);
    add('total', inferredAt - startedAt + (judged?.guardMs ?? 0) + (judged?.commandMs ?? 0));
    if (judged !== undefined) this.judged.push({ outcome: judged.outcome, why: judged.why });
  }

  #inferNext(signal: AbortSignal): Promise<InferenceTiming> {
    const question = this.questions.next();
    return this.#infer(question, question.images, signal);
  }

  async #infer(
    { instruction, state }: Question,
    images: Question['images'],
    signal: AbortSignal,
  ): Promise<InferenceTiming & { readonly chunk: ActionChunk }> {
    const chunk = await this.engine.infer(images, instruction, { signal, ...(state && { state }) });
    if (chunk.timing === undefined) throw new TypeError('expected the times of an inference, got none');
    this.#chunk = chunk;
    return { ...chunk.timing, chunk };
  }
}
