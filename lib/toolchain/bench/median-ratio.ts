import { seededRandom } from '../seeded-random.js';
import { median } from './distribution.js';

/** Both sides' times of one round, measured one right after the other; milliseconds. */
export interface Round {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

export interface MedianRatio {
  /** The median of ours over the median of theirs: below 1, ours is faster. */
  readonly ratio: number;
  /** The ends of a 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
  /** The rounds behind it. */
  readonly rounds: number;
}

const RESAMPLES = 2000;
const SEED = 1;
/** With fewer rounds there are too few ways to draw them for an interval to mean anything. */
const LEAST_ROUNDS = 5;

/**
 * The ratio of two medians with a bootstrap confidence interval. Whole rounds are drawn, not single times: what happens
 * on a machine slows many inferences in a row, so single times know less than their number says.
 *
 * @returns undefined with fewer than five rounds in which both sides have times
 */
export function medianRatio(all: readonly Round[]): MedianRatio | undefined {
  const rounds = all.filter(({ ours, theirs }) => ours.length > 0 && theirs.length > 0);
  if (rounds.length < LEAST_ROUNDS) return undefined;
  const ours = new Pool(rounds.map((round) => round.ours));
  const theirs = new Pool(rounds.map((round) => round.theirs));
  const random = seededRandom(SEED);
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const weights = new Uint32Array(rounds.length);
    for (let draw = 0; draw < rounds.length; draw++) {
      const at = Math.floor(random() * rounds.length);
      weights[at] = (weights[at] ?? 0) + 1;
    }
    return ours.median(weights) / theirs.median(weights);
  }).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.round(share * (RESAMPLES - 1))] ?? Number.NaN;
  return {
    ratio: median(rounds.flatMap((round) => round.ours)) / median(rounds.flatMap((round) => round.theirs)),
    low: at(0.025),
    high: at(0.975),
    rounds: rounds.length,
  };
}

/** All times in order, so that the median of any draw is found without sorting again. */
class Pool {
  readonly #times: Float64Array;
  readonly #rounds: Uint32Array;
  readonly #sizes: readonly number[];

  constructor(rounds: readonly (readonly number[])[]) {
    const entries = rounds.flatMap((times, round) => times.map((time) => ({ time, round })));
    entries.sort((a, b) => a.time - b.time);
    this.#times = Float64Array.from(entries, ({ time }) => time);
    this.#rounds = Uint32Array.from(entries, ({ round }) => round);
    this.#sizes = rounds.map(({ length }) => length);
  }

  /** @param weights how often each round was drawn */
  median(weights: Uint32Array): number {
    const total = this.#sizes.reduce((sum, size, round) => sum + size * (weights[round] ?? 0), 0);
    const rank = Math.ceil(total / 2);
    let seen = 0;
    for (let at = 0; at < this.#times.length; at++) {
      seen += weights[this.#rounds[at] ?? 0] ?? 0;
      if (seen >= rank) return this.#times[at] ?? Number.NaN;
    }
    return Number.NaN;
  }
}
