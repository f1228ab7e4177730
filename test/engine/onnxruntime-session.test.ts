import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OnnxRuntimeSession } from '../../lib/engine/onnxruntime-session.js';
import { model, temporaryDirectory } from './fixtures.js';
import { code, data, describeSession, fill } from './session-suite.js';

async function open(name: string): Promise<OnnxRuntimeSession> {
  const session = await OnnxRuntimeSession.load(model(name), { threads: 1 });
  onTestFinished(() => session.dispose());
  return session;
}

describeSession({
  name: 'ONNX Runtime',
  open: (name) => open(name === 'policy' ? 'default-nhwc' : name),
  badToken: /out of data bounds/,
  wrongRank: 'INFERENCE_FAILED',
});

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

  it('runs a Transpose before a Cast before a MatMul, which crashes ONNX Runtime as it is on x86', async () => {
    const session = await open('turned');
    const inputs = session.acquire({ x: [2, 3, 2] });
    data(inputs, 'x', 'uint8').set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const { outputs } = await session.run(inputs);
    // Rows (1, 2), (7, 8), (3, 4), … times ((1, 10), (2, 20)).
    expect([...data(outputs, 'y', 'float32')]).toEqual([5, 50, 23, 230, 11, 110, 29, 290, 17, 170, 35, 350]);
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
