import { VLAError } from '../errors.js';
import { abortError } from './abort.js';

/** The longest time that `setTimeout` can count, milliseconds. */
const MAX_DEADLINE_MS = 2 ** 31 - 1;

/** For calls that nothing can cut short: to make a signal for each takes longer than the rest of the queue. */
const NEVER = new AbortController().signal;

export const QUEUE_POLICIES = ['reject', 'latest'] as const;

/**
 * What happens to a call that finds the queue full: `reject` refuses it with QUEUE_FULL, `latest` takes it and drops
 * the call that has waited longest with SUPERSEDED.
 */
export type QueuePolicy = (typeof QUEUE_POLICIES)[number];

export interface SerialQueueOptions {
  /**
   * How many calls may wait behind the running one. With `reject` 0 or more, where 0 refuses every call while one is
   * running; with `latest` 1 or more, because the newest call has to wait somewhere.
   */
  readonly limit: number;
  /** `reject` by default. */
  readonly policy?: QueuePolicy;
}

export interface QueueRunOptions {
  /** Takes a waiting call out of the queue; reaches a running one through the signal that its task was given. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from this call to its result, waiting included, above 0 and at most 2³¹ − 1. */
  readonly deadlineMs?: number | undefined;
}

/**
 * @param signal fires when the call is aborted or its deadline passes; the caller has its error by then, and the
 * next task starts once this one has settled
 * @param queueMs how long the call waited for its turn, milliseconds
 */
export type QueueTask<T> = (signal: AbortSignal, queueMs: number) => Promise<T>;

interface Entry {
  /** Never rejects. */
  readonly start: () => Promise<void>;
  readonly refuse: (error: VLAError) => void;
}

/** Runs tasks one at a time, first come first served. A task that finds the queue idle starts within the call. */
export class SerialQueue {
  readonly #limit: number;
  readonly #policy: QueuePolicy;
  readonly #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws VLAError INVALID_ARGUMENT */
  constructor({ limit, policy = 'reject' }: SerialQueueOptions) {
    if (!QUEUE_POLICIES.includes(policy))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the queue policy must be ${QUEUE_POLICIES.join(' or ')}, got ${policy}`,
      );
    const least = policy === 'latest' ? 1 : 0;
    if (!Number.isInteger(limit) || limit < least)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the queue limit must be a whole number of ${least} or more with the policy ${policy}, got ${limit}`,
      );
    this.#limit = limit;
    this.#policy = policy;
  }

  /** Calls that wait for their turn, without the running one. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * @throws VLAError QUEUE_FULL or SUPERSEDED as the policy says, ABORTED, DEADLINE_EXCEEDED, DISPOSED,
   *   INVALID_ARGUMENT, or what the task throws
   */
  async run<T>(task: QueueTask<T>, { signal, deadlineMs }: QueueRunOptions = {}): Promise<T> {
    if (deadlineMs !== undefined && !(deadlineMs > 0 && deadlineMs <= MAX_DEADLINE_MS))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `deadlineMs must be above 0 and at most ${MAX_DEADLINE_MS} milliseconds, got ${deadlineMs}`,
        { hint: 'Leave deadlineMs out for no deadline.' },
      );
    if (this.#closing) throw closedError();
    if (signal?.aborted) throw abortError(signal);
    if (this.#running && this.#waiting.length >= this.#limit) this.#overflow();

    const calledAt = performance.now();
    const late = () => deadlineMs !== undefined && performance.now() - calledAt >= deadlineMs;
    const cancel = signal || deadlineMs !== undefined ? new AbortController() : undefined;
    let onAbort: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const entry: Entry = {
          refuse: reject,
          start: async () => {
            // A blocked event loop lets timers fire late, so the clock is asked before and after the work as well.
            if (late()) return reject(deadlineError(deadlineMs));
            try {
              const result = await task(cancel?.signal ?? NEVER, performance.now() - calledAt);
              if (late()) reject(deadlineError(deadlineMs));
              else resolve(result);
            } catch (error) {
              reject(error);
            }
          },
        };
        const give = (error: VLAError) => {
          this.#remove(entry);
          cancel?.abort(error);
          reject(error);
        };
        if (signal) {
          onAbort = () => give(abortError(signal));
          signal.addEventListener('abort', onAbort, { once: true });
        }
        if (deadlineMs !== undefined) timer = setTimeout(() => give(deadlineError(deadlineMs)), deadlineMs);
        this.#waiting.push(entry);
        this.#next();
      });
    } finally {
      clearTimeout(timer);
      if (onAbort) signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Refuses the waiting calls with DISPOSED and waits for the running one. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#running ?? Promise.resolve();
    for (const entry of this.#waiting.splice(0)) entry.refuse(closedError());
    return this.#closing;
  }

  #next(): void {
    if (this.#running) return;
    const entry = this.#waiting.shift();
    if (!entry) return;
    // Set before the task starts, which happens within this call: the task itself may already ask for more.
    let finished = () => {};
    this.#running = new Promise((resolve) => {
      finished = resolve;
    });
    void entry.start().then(() => {
      this.#running = undefined;
      finished();
      this.#next();
    });
  }

  #overflow(): void {
    if (this.#policy === 'reject')
      throw new VLAError(
        'QUEUE_FULL',
        `${this.#waiting.length} calls are waiting and the limit is ${this.#limit}`,
        {
          hint:
            'Wait for results before asking again, or drop older calls with the queue policy "latest": ' +
            'a robot needs the newest observation, not all of them.',
        },
      );
    for (const entry of this.#waiting.splice(0, this.#waiting.length - this.#limit + 1))
      entry.refuse(supersededError());
  }

  #remove(entry: Entry): void {
    const place = this.#waiting.indexOf(entry);
    if (place >= 0) this.#waiting.splice(place, 1);
  }
}

function deadlineError(deadlineMs: number | undefined): VLAError {
  return new VLAError('DEADLINE_EXCEEDED', `no result within ${deadlineMs} ms`, {
    hint: 'Allow more time, ask less often, or use a faster artifact of the policy.',
  });
}

function supersededError(): VLAError {
  return new VLAError('SUPERSEDED', 'a newer call took the place of this one before its turn came', {
    hint: 'Nothing is wrong: the queue policy "latest" keeps the newest calls only.',
  });
}

function closedError(): VLAError {
  return new VLAError('DISPOSED', 'the engine was disposed', { hint: 'Load the policy again.' });
}
