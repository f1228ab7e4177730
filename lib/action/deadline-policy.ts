import { VLAError } from '../errors.js';

/**
 * What happens when the next chunk is not there in time. `decelerate`: go on along the path at half the pace, which
 * buys time, and come to rest at the end of the chunk. `hold`: brake at once and rest on the path. `lastGood`: run
 * the chunk to its own end at full pace.
 */
export const DEADLINE_POLICIES = ['decelerate', 'hold', 'lastGood'] as const;

export type DeadlinePolicy = (typeof DEADLINE_POLICIES)[number];

const RATES: Readonly<Record<DeadlinePolicy, number | undefined>> = {
  decelerate: 0.5,
  hold: 0,
  lastGood: undefined,
};

export interface DeadlineInput {
  /** Waypoints ahead, with fractions. */
  readonly remaining: number;
  readonly moving: boolean;
  /** How many waypoints may be left when the next chunk is asked for. */
  readonly triggerLevel: number;
}

/** What to do at a tick: nothing, or count a miss and perhaps go on at another rate. */
export interface DeadlineMiss {
  /** For {@link GuardedMotion.slowTo}; undefined leaves the pace as it is. */
  readonly rate: number | undefined;
}

/**
 * Watches the running chunk. Its deadline is when fewer than `reserve` waypoints are left: from then on it brakes for
 * its own end, and the next one can no longer take over at full pace. Each chunk misses at most once.
 */
export class DeadlineWatch {
  readonly #policy: DeadlinePolicy;
  readonly #reserve: number;
  #missed = false;

  /**
   * @param reserve waypoints, above 0
   * @throws VLAError INVALID_ARGUMENT
   */
  constructor(policy: DeadlinePolicy = 'decelerate', reserve = 1) {
    if (!DEADLINE_POLICIES.includes(policy))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `deadlinePolicy must be ${DEADLINE_POLICIES.join(', ')}, got ${JSON.stringify(policy)}`,
      );
    if (!(reserve > 0 && Number.isFinite(reserve)))
      throw new VLAError('INVALID_ARGUMENT', `deadlineReserve must be above 0 waypoints, got ${reserve}`);
    this.#policy = policy;
    this.#reserve = reserve;
  }

  /** @returns undefined unless the running chunk misses its deadline at this tick */
  check({ remaining, moving, triggerLevel }: DeadlineInput): DeadlineMiss | undefined {
    // Chunks of one or two waypoints: a request must have had its chance before its answer is late.
    const reserve = Math.min(this.#reserve, triggerLevel / 2);
    if (this.#missed || !moving || remaining >= reserve) return undefined;
    this.#missed = true;
    return { rate: remaining > 0 ? RATES[this.#policy] : undefined };
  }

  /** A new chunk runs. */
  renew(): void {
    this.#missed = false;
  }
}
