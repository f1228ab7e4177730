import { getEventListeners } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialQueue } from '../../lib/engine/serial-queue.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';

/** A promise that the test settles. */
function gate<T = void>() {
  let open: (value: T) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const code = (expected: VLAErrorCode) => expect.objectContaining({ code: expected, constructor: VLAError });

describe('SerialQueue', () => {
  it('starts a task within the call when it is idle', () => {
    let started = false;
    void new SerialQueue({ limit: 1 }).run(async () => {
      started = true;
    });
    expect(started).toBe(true);
  });

  it('runs any number of tasks one at a time and in the order of the calls, failing ones too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ticks: fc.nat(4), fails: fc.boolean() }), { maxLength: 12 }),
        async (jobs) => {
          const queue = new SerialQueue({ limit: jobs.length });
          const order: number[] = [];
          let running = 0;
          let most = 0;
          const outcomes = await Promise.allSettled(
            jobs.map(({ ticks, fails }, index) =>
              queue.run(async () => {
                most = Math.max(most, ++running);
                order.push(index);
                for (let tick = 0; tick < ticks; tick++) await setImmediate();
                running--;
                if (fails) throw new Error(`job ${index}`);
                return index;
              }),
            ),
          );
          expect(order).toEqual(jobs.map((_, index) => index));
          expect(most).toBeLessThanOrEqual(1);
          expect(outcomes.map(({ status }) => status)).toEqual(
            jobs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
          );
          expect(queue.waiting).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps the order when a task asks for another one before its first await', async () => {
    const queue = new SerialQueue({ limit: 2 });
    const order: string[] = [];
    let inner: Promise<void> | undefined;
    await queue.run(async () => {
      inner = queue.run(async () => {
        order.push('inner');
      });
      await setImmediate();
      order.push('outer');
    });
    await inner;
    expect(order).toEqual(['outer', 'inner']);
  });

  it('tells a task how long it waited', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const first = gate();
    const running = queue.run(() => first.promise);
    const waited = queue.run(async (_signal, queueMs) => queueMs);
    const calledAt = performance.now();
    await setTimeout(20);
    const elapsed = performance.now() - calledAt;
    first.open();
    expect(await waited).toBeGreaterThanOrEqual(elapsed);
    await running;
  });

  it('refuses a call beyond its limit and takes the next one when there is room again', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const first = gate();
    const running = queue.run(() => first.promise);
    const waiting = queue.run(async () => 'second');
    await expect(queue.run(async () => 'third')).rejects.toEqual(code('QUEUE_FULL'));
    first.open();
    await running;
    expect(await waiting).toBe('second');
    expect(await queue.run(async () => 'fourth')).toBe('fourth');
  });

  it('refuses every call while one is running when its limit is 0', async () => {
    const queue = new SerialQueue({ limit: 0 });
    const first = gate();
    const running = queue.run(() => first.promise);
    await expect(queue.run(async () => {})).rejects.toEqual(code('QUEUE_FULL'));
    first.open();
    await running;
    await queue.run(async () => {});
  });

  it('takes an aborted call out at once, never starts it, and gives its place away', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const first = gate();
    const running = queue.run(() => first.promise);
    const abort = new AbortController();
    let started = false;
    const aborted = queue.run(
      async () => {
        started = true;
      },
      { signal: abort.signal },
    );
    abort.abort('changed my mind');
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: 'changed my mind' });
    const next = queue.run(async () => 'next');
    first.open();
    await running;
    expect(await next).toBe('next');
    expect(started).toBe(false);
  });

  it('refuses a call whose signal has already fired', async () => {
    const queue = new SerialQueue({ limit: 1 });
    await expect(queue.run(async () => {}, { signal: AbortSignal.abort() })).rejects.toEqual(code('ABORTED'));
  });

  it('rejects a running call at once when it is aborted, but starts the next one only after it has settled', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const work = gate();
    const abort = new AbortController();
    let seen: unknown;
    const running = queue.run(
      (signal) => {
        signal.addEventListener('abort', () => {
          seen = signal.reason;
        });
        return work.promise;
      },
      { signal: abort.signal },
    );
    let nextStarted = false;
    const next = queue.run(async () => {
      nextStarted = true;
    });
    abort.abort();
    await expect(running).rejects.toEqual(code('ABORTED'));
    expect(seen).toEqual(code('ABORTED'));
    await setImmediate();
    expect(nextStarted).toBe(false);
    work.open();
    await next;
    expect(nextStarted).toBe(true);
  });

  it('rejects a waiting and a running call when their deadlines pass', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const work = gate();
    let reason: unknown;
    const running = queue.run(
      (signal) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return work.promise;
      },
      { deadlineMs: 20 },
    );
    let started = false;
    const waiting = queue.run(
      async () => {
        started = true;
      },
      { deadlineMs: 5 },
    );
    await expect(waiting).rejects.toEqual(code('DEADLINE_EXCEEDED'));
    await expect(running).rejects.toEqual(code('DEADLINE_EXCEEDED'));
    expect(reason).toEqual(code('DEADLINE_EXCEEDED'));
    work.open();
    await queue.run(async () => {});
    expect(started).toBe(false);
  });

  it('notices a passed deadline even when a blocked event loop kept the timer from firing', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const block = () => {
      const until = performance.now() + 15;
      while (performance.now() < until);
    };
    const late = queue.run(async () => block(), { deadlineMs: 5 });
    await expect(late).rejects.toEqual(code('DEADLINE_EXCEEDED'));

    const work = gate();
    const first = queue.run(() => work.promise);
    let started = false;
    const second = queue.run(
      async () => {
        started = true;
      },
      { deadlineMs: 5 },
    );
    block();
    work.open();
    await expect(second).rejects.toEqual(code('DEADLINE_EXCEEDED'));
    await first;
    expect(started).toBe(false);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses a deadline of %s ms',
    async (deadlineMs) => {
      const queue = new SerialQueue({ limit: 1 });
      await expect(queue.run(async () => {}, { deadlineMs })).rejects.toEqual(code('INVALID_ARGUMENT'));
    },
  );

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %s', (limit) => {
    expect(() => new SerialQueue({ limit })).toThrow(code('INVALID_ARGUMENT'));
  });

  it('leaves no listener and no timer behind, whatever the outcome', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const queue = new SerialQueue({ limit: 1 });
    const abort = new AbortController();
    const options = { signal: abort.signal, deadlineMs: 60_000 };
    await queue.run(async () => {}, options);
    await queue
      .run(async () => {
        throw new Error('no');
      }, options)
      .catch(() => {});
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    const work = gate();
    const running = queue.run(() => work.promise, options);
    const waiting = queue.run(() => work.promise, options);
    abort.abort();
    await Promise.allSettled([running, waiting]);
    work.open();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    expect(timers()).toBe(before);
  });

  it('refuses waiting and later calls once closed, and waits for the running one', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const work = gate<string>();
    const running = queue.run(() => work.promise);
    const waiting = queue.run(async () => 'never');
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await expect(waiting).rejects.toEqual(code('DISPOSED'));
    await expect(queue.run(async () => {})).rejects.toEqual(code('DISPOSED'));
    expect(closed).toBe(false);
    work.open('done');
    expect(await running).toBe('done');
    await closing;
    expect(queue.close()).toBe(queue.close());
    await queue.close();
  });

  it('waits for a task that closes the queue itself', async () => {
    const queue = new SerialQueue({ limit: 1 });
    const work = gate();
    let closed = false;
    let closing: Promise<void> | undefined;
    const running = queue.run(() => {
      closing = queue.close().then(() => {
        closed = true;
      });
      return work.promise;
    });
    await setImmediate();
    expect(closed).toBe(false);
    work.open();
    await running;
    await closing;
    expect(closed).toBe(true);
  });
});
