import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { quantiles } from './quantiles.js';

/** A policy whose cost its one instruction sets. */
export const SLOW_MODEL = fileURLToPath(new URL('../test/fixtures/models/slow.onnx', import.meta.url));
/** Matrix products that the word "work" stands for in the fixture's tokenizer. */
const STEPS_PER_WORD = 100;
const PROBE_WORDS = 20;
const PROBE_RUNS = 11;

/** What the model is given as text for an instruction of so many words. */
export const stepsOf = (words: number): number => words * STEPS_PER_WORD;

/** The slow model in onnxruntime-node on the main thread, tensors ready. */
export class SlowModel implements AsyncDisposable {
  readonly #session: InferenceSession;

  static async load(): Promise<SlowModel> {
    return new SlowModel(await InferenceSession.create(SLOW_MODEL, { intraOpNumThreads: 1 }));
  }

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** The number of words that makes one run take about `targetMs` on this machine. */
  async wordsFor(targetMs: number): Promise<number> {
    const times: number[] = [];
    for (let run = 0; run < PROBE_RUNS; run++) {
      const startedAt = performance.now();
      await this.run(PROBE_WORDS);
      times.push(performance.now() - startedAt);
    }
    return Math.max(1, Math.round((targetMs / quantiles(times).p50) * PROBE_WORDS));
  }

  async run(words: number): Promise<void> {
    await this.#session.run({
      image: new Tensor('float32', new Float32Array(8 * 8 * 3).fill(0.5), [1, 8, 8, 3]),
      text: new Tensor('int64', BigInt64Array.of(BigInt(stepsOf(words))), [1, 1]),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.release();
  }
}
