import type { ActionChunk, InferenceTiming } from '../../action/action-chunk.js';
import { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import type { AuditSink } from '../../safety/audit/audit-sink.js';
import { decodeFrames } from './decode-stage.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { guardLimits } from './guard-limits.js';
import { GuardStage, type JudgedChunk } from './guard-stage.js';
import type { ObservationChoice } from './observations.js';
import { measurePeriods, type Periods } from './periods.js';
import type { BenchTarget } from './policy-target.js';
import { type Question, Questions } from './questions.js';
import { STAGES, type Stage } from './report.js';

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

const MOST_CURVE = 50;
const LEAST_WARM_UP = 5;
const LEAST_WARM_UP_PASSES = 2;

/** Milliseconds of one pass; a stage that there is not has no time. */
interface Pass {
  readonly times: Readonly<Record<Stage, number | undefined>>;
  readonly inferenceMs: number;
  readonly judged: JudgedChunk | undefined;
}

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
  /** Latencies of the inferences among the stages, as the {@link curve} has them: without decoding and guards. */
  readonly inferenceTimes: number[] = [];
  readonly judged: Pick<JudgedChunk, 'outcome' | 'why'>[] = [];
  inferencesPerSecond: number | undefined;
  eventLoopDelays: readonly number[] = [];
  periods: Periods | undefined;
  /** Why there is no guard stage; undefined when there is one. */
  readonly notGuarded: string | undefined;
  readonly #guards: GuardStage | undefined;
  /** What the policy answered: the arm is set on its way to it when the same is asked again. */
  readonly #chunks = new Map<Question, ActionChunk>();

  /** @throws VLAError what {@link JetsonVLAEngine.load} and {@link Questions.prepare} throw */
  static async load(
    target: BenchTarget,
    choice: ObservationChoice,
    audit: AuditSink,
    signal: AbortSignal,
  ): Promise<MeasuredPolicy> {
    const rssBefore = process.memoryUsage.rss();
    const warnings: string[] = [];
    const startedAt = performance.now();
    const engine = await JetsonVLAEngine.load(target.path, {
      ...target.options,
      // It would be the first inference, and what comes after it would be warm.
      golden: 'skip',
      onWarning: (text) => warnings.push(text),
      signal,
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

  /**
   * Runs for so many seconds: half of them inferences, five at least, of which the first fifty latencies are kept; then
   * all stages, because what decodes and judges is slow at first too.
   */
  async warmUp(seconds: number, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const isBefore = (share: number) => performance.now() < startedAt + share * seconds * 1000;
    for (let done = 0; done < LEAST_WARM_UP || isBefore(0.5); done++) {
      const { totalMs } = await this.#inferNext(signal);
      if (done < MOST_CURVE) this.curve.push(totalMs);
    }
    for (let done = 0; done < LEAST_WARM_UP_PASSES || isBefore(1); done++) await this.#pass(signal);
  }

  /**
   * Passes through all stages for so many seconds, once at least. Needs a warm-up before.
   *
   * @returns what was added to {@link stages}
   */
  async runStages(seconds: number, signal: AbortSignal): Promise<Pick<StageTimes, 'infer' | 'total'>> {
    const until = performance.now() + seconds * 1000;
    const before = this.stages.total.length;
    do this.#record(await this.#pass(signal));
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

  /** Inferences at a fixed rate, as {@link measurePeriods}. */
  async runAtRate(rateHz: number, seconds: number, signal: AbortSignal): Promise<void> {
    this.periods = { rateHz, ms: [], missed: 0 };
    await measurePeriods(() => this.#inferNext(signal), this.periods, seconds, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guards?.dispose();
    await this.engine.dispose();
  }

  async #pass(signal: AbortSignal): Promise<Pass> {
    const question = this.questions.next();
    const { wire } = question;
    // Before the inference, as in a control loop: what was judged last is no longer in the processor's caches after it.
    const known = this.#chunks.get(question);
    if (known !== undefined) await this.#guards?.prepare(known);
    const startedAt = performance.now();
    const images = wire === undefined ? question.images : await decodeFrames(wire);
    const decodedAt = performance.now();
    const { chunk, preprocessMs, inferMs, postprocessMs, totalMs } = await this.#infer(
      question,
      images,
      signal,
    );
    const inferredAt = performance.now();
    if (known === undefined) await this.#guards?.prepare(chunk);
    if (known === undefined) this.#chunks.set(question, chunk);
    const judged = await this.#guards?.judge(chunk);
    const guard = judged?.guardMs;
    const command = judged?.commandMs;
    return {
      times: {
        decode: wire && decodedAt - startedAt,
        preprocess: preprocessMs,
        infer: inferMs,
        postprocess: postprocessMs,
        guard,
        command,
        total: inferredAt - startedAt + (guard ?? 0) + (command ?? 0),
      },
      inferenceMs: totalMs,
      judged,
    };
  }

  #record({ times, inferenceMs, judged }: Pass): void {
    for (const stage of STAGES) {
      const ms = times[stage];
      if (ms !== undefined) this.stages[stage].push(ms);
    }
    this.inferenceTimes.push(inferenceMs);
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
    return { ...chunk.timing, chunk };
  }
}
