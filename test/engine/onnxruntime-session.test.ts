import { getEventListeners, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OnnxRuntimeSession } from '../../lib/engine/onnxruntime-session.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';
import type { Dtype, TensorDataByDtype, TensorMap } from '../../lib/policy/tensor.js';
import { model, referenceActions, temporaryDirectory } from './fixtures.js';

const code = (expected: VLAErrorCode) => expect.objectContaining({ code: expected, constructor: VLAError });

async function open(name: string): Promise<OnnxRuntimeSession> {
  const session = await OnnxRuntimeSession.load(model(name), { threads: 1 });
  onTestFinished(() => session.dispose());
  return session;
}

/** The element data of a tensor that must have this type. */
function data<D extends Dtype>(tensors: TensorMap, name: string, dtype: D): TensorDataByDtype[D] {
  const tensor = tensors[name];
  if (tensor?.dtype !== dtype) throw new Error(`${name} is ${tensor?.dtype}, not ${dtype}`);
  return tensor.data as TensorDataByDtype[D];
}

function fill(session: OnnxRuntimeSession, token: number): TensorMap {
  const inputs = session.acquire({ image: [1, 8, 8, 3], text: [1, 1] });
  data(inputs, 'image', 'float32').fill(1);
  data(inputs, 'text', 'int64').fill(BigInt(token));
  return inputs;
}

/** First value of the chunk of `default-nhwc` for a white image and one token. */
const firstAction = (token: number) => referenceActions([1, 1, 1, token / 16])[0] ?? Number.NaN;

describe('OnnxRuntimeSession', () => {
  it('describes inputs and outputs with symbolic dimensions by name', async () => {
    const session = await open('default-nhwc');
    expect(session.inputs).toEqual([
      { name: 'image', dtype: 'float32', shape: ['batch', 'height', 'width', 3] },
      { name: 'text', dtype: 'int64', shape: ['batch', 'tokens'] },
    ]);
    expect(session.outputs).toEqual([{ name: 'actions', dtype: 'float32', shape: ['batch', 5, 7] }]);
    expect(session.backend).toBe('onnxruntime');
  });

  it('computes what the model computes', async () => {
    const session = await open('default-nhwc');
    const { outputs, inferMs } = await session.run(fill(session, 8));
    expect(outputs['actions']?.shape).toEqual([1, 5, 7]);
    expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(8), 6);
    expect(inferMs).toBeGreaterThan(0);
  });

  it('carries every element type through unchanged, half floats as bit patterns', async () => {
    const session = await open('echo');
    const values = {
      float32: [1.5, -0, Math.fround(3e38)],
      float16: [0x3c00, 0x8000, 0x7bff],
      uint8: [0, 128, 255],
      int8: [-128, 0, 127],
      int32: [-(2 ** 31), 0, 2 ** 31 - 1],
      int64: [-(2n ** 63n), 0n, 2n ** 63n - 1n],
      bool: [1, 0, 1],
      string: ['', 'pick up the red block', 'größer 🤖'],
    };
    const inputs = session.acquire(Object.fromEntries(Object.keys(values).map((name) => [name, [3]])));
    for (const [name, tensor] of Object.entries(inputs))
      Object.assign(tensor.data, values[name as keyof typeof values]);
    const { outputs } = await session.run(inputs);
    for (const [name, expected] of Object.entries(values)) {
      const output = outputs[`${name}_out`];
      expect(output?.dtype).toBe(name);
      expect(Array.from<number | bigint | string>(output?.data ?? [])).toEqual(expected);
    }
    expect(outputs['float16_out']?.data).toBeInstanceOf(Uint16Array);
  });

  it('takes empty tensors', async () => {
    const session = await open('echo');
    const inputs = session.acquire(Object.fromEntries(session.inputs.map(({ name }) => [name, [0]])));
    const { outputs } = await session.run(inputs);
    expect(outputs['float32_out']).toMatchObject({ dtype: 'float32', shape: [0] });
  });

  it('moves the inputs to its thread instead of copying them, and lends their memory again', async () => {
    const session = await open('default-nhwc');
    const inputs = fill(session, 1);
    const image = data(inputs, 'image', 'float32');
    const running = session.run(inputs);
    expect(image.length).toBe(0);
    await running;

    const first = session.acquire({ image: [1, 8, 8, 3], text: [1, 1] });
    expect(data(first, 'image', 'float32')[0]).toBe(1);
    const memory = first['image']?.data;
    session.release(first);
    const second = session.acquire({ image: [1, 8, 8, 3] });
    expect(second['image']?.data).toBe(memory);
  });

  it('never lends one tensor to two callers, however often it is handed back', async () => {
    const session = await open('default-nhwc');
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
    const session = await open('default-nhwc');
    expect(() => session.acquire({ text: [1, 1], ...shapes })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it('reports wrong feeds in the words of ONNX Runtime, keeps the memory, and runs the next call', async () => {
    const session = await open('default-nhwc');
    await expect(session.run(session.acquire({ image: [1, 8, 8, 3] }))).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining("input 'text' is missing"),
    });
    await expect(session.run(session.acquire({ image: [1, 8, 8], text: [1, 1] }))).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringMatching(/rank/i),
    });
    await expect(session.run(fill(session, 99))).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining('out of data bounds'),
    });
    expect(data(session.acquire({ image: [1, 8, 8, 3] }), 'image', 'float32')[0]).toBe(1);
    const { outputs } = await session.run(fill(session, 2));
    expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(2), 6);
  });

  it('answers calls in their order and each with its own result', async () => {
    const session = await open('default-nhwc');
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
    const session = await open('default-nhwc');
    const inputs = fill(session, 1);
    const memory = inputs['image']?.data;
    await expect(session.run(inputs, { signal: AbortSignal.abort('late') })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'late',
    });
    expect(session.acquire({ image: [1, 8, 8, 3] })['image']?.data).toBe(memory);
  });

  it('rejects an aborted running call at once, finishes it in the background, and runs the next one', async () => {
    const session = await open('slow');
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
    const session = await open('slow');
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
    const session = await open('slow');
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
    const session = await open('slow');
    const abort = new AbortController();
    const running = session.run(fill(session, 500), { signal: abort.signal });
    abort.abort();
    await Promise.all([session.dispose(), expect(running).rejects.toEqual(code('ABORTED'))]);
  });

  it('rejects the calls in flight when its thread dies, says so to later calls, and can still be disposed', async () => {
    const created = once(process, 'worker');
    const session = await open('default-nhwc');
    const [worker] = (await created) as [Worker];
    worker.postMessage('a message that the worker cannot survive');
    const outcomes = await Promise.allSettled([session.run(fill(session, 1)), session.run(fill(session, 2))]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: code('INFERENCE_FAILED') });
    await expect(session.run(fill(session, 1))).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining('thread stopped'),
      hint: expect.stringContaining('load the policy again'),
    });
    await session.dispose();
    await expect(session.run(fill(session, 1))).rejects.toEqual(code('DISPOSED'));
  });

  it('says which file is missing', async () => {
    const directory = await temporaryDirectory();
    const missing = join(directory, 'none.onnx');
    await expect(OnnxRuntimeSession.load(missing)).rejects.toMatchObject({
      code: 'BUNDLE_NOT_FOUND',
      message: expect.stringContaining(missing),
    });
    await expect(OnnxRuntimeSession.load(directory)).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
  });

  it('refuses an empty, truncated or foreign file in the words of ONNX Runtime and leaves no thread behind', async () => {
    const directory = await temporaryDirectory();
    const whole = await readFile(model('default-nhwc'));
    const files = {
      empty: Buffer.alloc(0),
      half: whole.subarray(0, whole.length / 2),
      'almost-whole': whole.subarray(0, -1),
      text: Buffer.from('this is not a model'),
      zeros: Buffer.alloc(1000),
    };
    for (const [name, content] of Object.entries(files)) {
      const file = join(directory, `${name}.onnx`);
      await writeFile(file, content);
      const created = once(process, 'worker');
      const loading = expect(OnnxRuntimeSession.load(file)).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringMatching(/Protobuf parsing failed|does not have a graph/),
      });
      const [worker] = (await created) as [Worker];
      await loading;
      expect(worker.threadId).toBe(-1);
    }
  });

  it('refuses a model with an element type that policies cannot have', async () => {
    await expect(OnnxRuntimeSession.load(model('double'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_POLICY',
      message: expect.stringContaining('"x" has the element type float64'),
    });
  });

  it.each([0, 1.5, Number.NaN, -2])('refuses %s threads', async (threads) => {
    await expect(OnnxRuntimeSession.load(model('echo'), { threads })).rejects.toEqual(
      code('INVALID_ARGUMENT'),
    );
  });
});
