import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QueuePolicy, SerialQueue } from '../../lib/engine/serial-queue.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';

const code = (expected: VLAErrorCode) => expect.objectContaining({ code: expected, constructor: VLAError });

/** A queue whose tasks end when the test says so, and what became of each call. */
function observedQueue(limit: number) {
  const queue = new SerialQueue({ limit, policy: 'latest' });
  const outcomes: (string | undefined)[] = [];
  const finishes: (() => void)[] = [];
  const call = (signal?: AbortSignal) => {
    const index = outcomes.push(undefined) - 1;
    queue
      .run(() => new Promise<void>((resolve) => finishes.push(resolve)), { signal })
      .then(
        () => {
          outcomes[index] = 'done';
        },
        (error: VLAError) => {
          outcomes[index] = error.code;
        },
      );
  };
  return { queue, outcomes, call, finish: () => finishes.shift()?.() };
}

describe('SerialQueue with the policy latest', () => {
  it('keeps the newest calls up to its limit, in order, and supersedes the others, oldest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('call', 'finish'), { maxLength: 40 }),
        async (limit, steps) => {
          const { queue, outcomes, call, finish } = observedQueue(limit);
          const expected: (string | undefined)[] = [];
          let running: number | undefined;
          const waiting: number[] = [];
          for (const step of steps) {
            if (step === 'call') {
              call();
              const index = expected.push(undefined) - 1;
              if (running === undefined) running = index;
              else waiting.push(index);
              if (waiting.length > limit) expected[waiting.shift() ?? -1] = 'SUPERSEDED';
            } else {
              finish();
              if (running !== undefined) expected[running] = 'done';
              running = waiting.shift();
            }
            await setImmediate();
            expect(outcomes).toEqual(expected);
            expect(queue.waiting).toBe(waiting.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never interrupts the running call', async () => {
    const { outcomes, call, finish } = observedQueue(1);
    for (let calls = 0; calls < 5; calls++) call();
    await setImmediate();
    expect(outcomes).toEqual([undefined, 'SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED', undefined]);
    finish();
    await setImmediate();
    finish();
    await setImmediate();
    expect(outcomes).toEqual(['done', 'SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED', 'done']);
  });

  it('drops nothing for a call that is refused itself', async () => {
    const { queue, outcomes, call, finish } = observedQueue(1);
    call();
    call();
    call(AbortSignal.abort());
    await expect(queue.run(async () => {}, { deadlineMs: -1 })).rejects.toEqual(code('INVALID_ARGUMENT'));
    await setImmediate();
    expect(outcomes).toEqual([undefined, undefined, 'ABORTED']);
    finish();
    await setImmediate();
    finish();
    await setImmediate();
    expect(outcomes).toEqual(['done', 'done', 'ABORTED']);
  });

  it('drops nothing when an aborted call has left room', async () => {
    const { outcomes, call } = observedQueue(1);
    const abort = new AbortController();
    call();
    call(abort.signal);
    abort.abort();
    call();
    await setImmediate();
    expect(outcomes).toEqual([undefined, 'ABORTED', undefined]);
  });

  it('leaves no listener and no timer behind for a superseded call', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const queue = new SerialQueue({ limit: 1, policy: 'latest' });
    let finish = () => {};
    const running = queue.run(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const old = queue.run(async () => {}, { deadlineMs: 60_000 });
    const newest = queue.run(async () => 'newest');
    await expect(old).rejects.toEqual(code('SUPERSEDED'));
    expect(timers()).toBe(before);
    finish();
    await running;
    expect(await newest).toBe('newest');
  });

  it.each([0, -1, 1.5])('refuses a limit of %s: the newest call has to wait somewhere', (limit) => {
    expect(() => new SerialQueue({ limit, policy: 'latest' })).toThrow(code('INVALID_ARGUMENT'));
  });

  it('refuses a policy that it does not know', () => {
    const policy: QueuePolicy = JSON.parse('"newest"');
    expect(() => new SerialQueue({ limit: 1, policy })).toThrow(code('INVALID_ARGUMENT'));
  });
});
