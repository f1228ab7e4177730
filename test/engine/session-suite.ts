import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../lib/engine/session.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';
import type { Dtype, TensorDataByDtype, TensorMap } from '../../lib/policy/tensor.js';
import { referenceActions } from './fixtures.js';

/** What a backend brings along for the behaviour that all sessions share. */
export interface SessionBackend {
  readonly name: string;
  /**
   * Opens a model, disposed after the test. `policy` is the fixture default-nhwc, `slow` takes longer the larger its
   * one token is: 500 gives time enough to abort it.
   */
  open(model: 'policy' | 'slow'): Promise<Session>;
  /** What a token outside the vocabulary and an image of the wrong rank end in. */
  readonly badToken: RegExp;
  readonly wrongRank: VLAErrorCode;
}

export const code = (expected: VLAErrorCode) =>
  expect.objectContaining({ code: expected, constructor: VLAError });

/** The element data of a tensor that must have this type. */
export function data<D extends Dtype>(tensors: TensorMap, name: string, dtype: D): TensorDataByDtype[D] {
  const tensor = tensors[name];
  if (tensor?.dtype !== dtype) throw new Error(`${name} is ${tensor?.dtype}, not ${dtype}`);
  return tensor.data as TensorDataByDtype[D];
}

/** Inputs for a white image and one token. */
export function fill(session: Session, token: number): TensorMap {
  const inputs = session.acquire({ image: [1, 8, 8, 3], text: [1, 1] });
  data(inputs, 'image', 'float32').fill(1);
  data(inputs, 'text', 'int64').fill(BigInt(token));
  return inputs;
}

/** First value of the policy's chunk for a white image and one token. */
export const firstAction = (token: number) => referenceActions([1, 1, 1, token / 16])[0] ?? Number.NaN;

/** The tests that every backend has to pass. */
export function describeSession(backend: SessionBackend): void {
  describe(`a session on ${backend.name}`, () => {
    it('computes what the model computes', async () => {
      const session = await backend.open('policy');
      const { outputs, inferMs } = await session.run(fill(session, 8));
      expect(outputs['actions']?.shape).toEqual([1, 5, 7]);
      expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(8), 6);
      expect(inferMs).toBeGreaterThan(0);
    });

    it('never lends one tensor to two callers, however often it is handed back', async () => {
      const session = await backend.open('policy');
      const inputs = session.acquire({ image: [1, 8, 8, 3] });
      session.release(inputs);
      session.release(inputs);
      const one = session.acquire({ image: [1, 8, 8, 3] });
      const two = session.acquire({ image: [1, 8, 8, 3] });
      expect(one['image']?.data).not.toBe(two['image']?.data);
      await expect(session.run(inputs)).rejects.toEqual(code('INVALID_ARGUMENT'));
    });

    it.each([
      [{ picture: [1] }, /"picture"/],
      [{ image: [1, -1] }, /not a tensor shape/],
      [{ image: [1.5] }, /not a tensor shape/],
    ])('refuses to lend %j', async (shapes, message) => {
      const session = await backend.open('policy');
      expect(() => session.acquire({ text: [1, 1], ...shapes })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
      );
    });

    it('answers calls in their order and each with its own result', async () => {
      const session = await backend.open('policy');
      const order: number[] = [];
      const tokens = Array.from({ length: 16 }, (_, token) => token);
      const results = await Promise.all(
        tokens.map(async (token) => {
          const { outputs } = await session.run(fill(session, token));
          order.push(token);
          return data(outputs, 'actions', 'float32')[0];
        }),
      );
      expect(order).toEqual(tokens);
      results.forEach((result, token) => {
        expect(result).toBeCloseTo(firstAction(token), 6);
      });
    });

    it('drops a call whose signal has already fired and takes its tensors back', async () => {
      const session = await backend.open('policy');
      const inputs = fill(session, 1);
      const memory = inputs['image']?.data;
      await expect(session.run(inputs, { signal: AbortSignal.abort('late') })).rejects.toMatchObject({
        code: 'ABORTED',
        cause: 'late',
      });
      expect(session.acquire({ image: [1, 8, 8, 3] })['image']?.data).toBe(memory);
    });

    it('rejects an aborted running call at once, finishes it in the background, and runs the next one', async () => {
      const session = await backend.open('slow');
      const abort = new AbortController();
      let finished = false;
      const running = session.run(fill(session, 5000), { signal: abort.signal });
      const next = session.run(fill(session, 1)).finally(() => {
        finished = true;
      });
      abort.abort();
      await expect(running).rejects.toEqual(code('ABORTED'));
      expect(finished).toBe(false);
      expect((await next).outputs['actions']?.shape).toEqual([1, 5, 7]);
      expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
      const [first, second] = [
        session.acquire({ image: [1, 8, 8, 3] }),
        session.acquire({ image: [1, 8, 8, 3] }),
      ];
      expect([data(first, 'image', 'float32')[0], data(second, 'image', 'float32')[0]]).toEqual([1, 1]);
    });

    it('drops an aborted call that waits behind another', async () => {
      const session = await backend.open('slow');
      const abort = new AbortController();
      const running = session.run(fill(session, 500));
      const inputs = fill(session, 100_000_000);
      const memory = inputs['image']?.data;
      const waiting = session.run(inputs, { signal: abort.signal });
      abort.abort();
      await expect(waiting).rejects.toEqual(code('ABORTED'));
      expect(session.acquire({ image: [1, 8, 8, 3] })['image']?.data).toBe(memory);
      await running;
      await session.run(fill(session, 1));
    });

    it('waits for the call in flight when disposed, refuses waiting and later ones, and shares one disposal', async () => {
      const session = await backend.open('slow');
      const events: string[] = [];
      const running = session.run(fill(session, 500)).then(() => events.push('result'));
      const waiting = session.run(fill(session, 1));
      const first = session.dispose().then(() => events.push('disposed'));
      const second = session[Symbol.asyncDispose]();
      expect(session.dispose()).toBe(session.dispose());
      await expect(waiting).rejects.toEqual(code('DISPOSED'));
      await expect(session.run(fill(session, 1))).rejects.toEqual(code('DISPOSED'));
      await Promise.all([running, first, second]);
      expect(events).toEqual(['result', 'disposed']);
      await session.dispose();
    });

    it('waits for an aborted call that still runs in the background when disposed', async () => {
      const session = await backend.open('slow');
      const abort = new AbortController();
      const running = session.run(fill(session, 500), { signal: abort.signal });
      abort.abort();
      await Promise.all([session.dispose(), expect(running).rejects.toEqual(code('ABORTED'))]);
    });

    it('reports wrong feeds in the words of the backend, keeps the memory, and runs the next call', async () => {
      const session = await backend.open('policy');
      await expect(session.run(session.acquire({ image: [1, 8, 8, 3] }))).rejects.toMatchObject({
        code: 'INFERENCE_FAILED',
        message: expect.stringContaining("input 'text' is missing"),
      });
      await expect(session.run(session.acquire({ image: [1, 8, 8], text: [1, 1] }))).rejects.toEqual(
        code(backend.wrongRank),
      );
      await expect(session.run(fill(session, 99))).rejects.toMatchObject({
        code: 'INFERENCE_FAILED',
        message: expect.stringMatching(backend.badToken),
      });
      expect(data(session.acquire({ image: [1, 8, 8, 3] }), 'image', 'float32')[0]).toBe(1);
    });

    it('runs the next call after one that failed', async () => {
      const session = await backend.open('policy');
      await expect(session.run(fill(session, 99))).rejects.toEqual(code('INFERENCE_FAILED'));
      const { outputs } = await session.run(fill(session, 2));
      expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(2), 6);
    });

    it('gives every caller outputs of its own', async () => {
      const session = await backend.open('policy');
      const first = await session.run(fill(session, 1));
      await session.run(fill(session, 2));
      expect(data(first.outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(1), 6);
    });
  });
}
