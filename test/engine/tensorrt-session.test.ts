import { describe, expect, it, onTestFinished } from 'vitest';
import { TensorRTSession } from '../../lib/engine/tensorrt-session.js';
import type { StandinEngine, StandinVersion } from '../fakes/native/engine-file.js';
import { code, data, describeSession, fill, firstAction } from './session-suite.js';
import { engineFile, nonZero, POLICY, SLOW, standins } from './tensorrt-fixtures.js';

async function open(engine: StandinEngine, version: StandinVersion = '10.3', memory?: 'mapped' | 'staged') {
  const session = await TensorRTSession.load(await engineFile(engine, version), {
    tensorrt: { ...standins(version).libraries, ...(memory && { memory }) },
  });
  onTestFinished(() => session.dispose());
  return session;
}

// TensorRT 8 has no int64, so the fixture policy does not exist there.
for (const version of ['10.3', '10.16', '11.1'] as const)
  for (const memory of ['mapped', 'staged'] as const)
    describeSession({
      name: `TensorRT ${version}, ${memory}`,
      open: (model) => open(model === 'policy' ? POLICY : SLOW, version, memory),
      badToken: /TensorRT: .*out of .*bounds/,
      wrongRank: 'INVALID_ARGUMENT',
    });

describe('TensorRTSession', () => {
  it('describes inputs and outputs with −1 for dynamic dimensions', async () => {
    const session = await open(POLICY);
    expect(session.inputs).toEqual([
      { name: 'image', dtype: 'float32', shape: [1, 8, 8, 3] },
      { name: 'text', dtype: 'int64', shape: [1, -1] },
    ]);
    expect(session.outputs).toEqual([{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }]);
    expect(session.backend).toBe('tensorrt');
  });

  it('carries every element type through unchanged, half floats as bit patterns', async () => {
    const values = {
      float32: [1.5, -0, Math.fround(3e38)],
      float16: [0x3c00, 0x8000, 0x7bff],
      bfloat16: [0x3f80, 0x8000, 0x7f7f],
      uint8: [0, 128, 255],
      int8: [-128, 0, 127],
      int32: [-(2 ** 31), 0, 2 ** 31 - 1],
      int64: [-(2n ** 63n), 0n, 2n ** 63n - 1n],
      bool: [1, 0, 1],
    };
    const dtypes = Object.keys(values) as (keyof typeof values)[];
    const session = await open({
      inputs: dtypes.map((dtype) => ({ name: dtype, dtype, shape: [-1] })),
      outputs: dtypes.map((dtype) => ({ name: `${dtype}_out`, dtype, shape: [-1] })),
    });
    const inputs = session.acquire(Object.fromEntries(dtypes.map((name) => [name, [3]])));
    for (const name of dtypes) Object.assign(inputs[name]?.data ?? [], values[name]);
    const { outputs } = await session.run(inputs);
    for (const [name, expected] of Object.entries(values)) {
      const output = outputs[`${name}_out`];
      expect(output?.dtype).toBe(name);
      expect(Array.from<number | bigint | string>(output?.data ?? [])).toEqual(expected);
    }
  });

  it('lends its own memory, so that nothing is copied in JavaScript', async () => {
    const session = await open(POLICY);
    const inputs = fill(session, 3);
    const memory = inputs['image']?.data;
    await session.run(inputs);
    expect(session.acquire({ image: [1, 8, 8, 3] })['image']?.data).toBe(memory);
  });

  it('refuses to run later tensors while earlier ones still hold its memory, and says so', async () => {
    const session = await open(POLICY);
    const earlier = fill(session, 1);
    const later = fill(session, 2);
    await expect(session.run(later)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('in the order'),
    });
    const { outputs } = await session.run(earlier);
    expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(1), 6);
  });

  it('follows the number of tokens from call to call, and goes back to its shapes when one does not fit', async () => {
    const session = await open(POLICY);
    const run = async (tokens: number) => {
      const inputs = session.acquire({ image: [1, 8, 8, 3], text: [1, tokens] });
      data(inputs, 'image', 'float32').fill(1);
      data(inputs, 'text', 'int64').fill(4n);
      const { outputs } = await session.run(inputs);
      return data(outputs, 'actions', 'float32')[0];
    };
    for (const tokens of [1, 64, 7, 7, 7, 7, 64]) expect(await run(tokens)).toBeCloseTo(firstAction(4), 6);
    await expect(run(65)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        'input "text": the engine takes a shape from [1, 1] to [1, 64], got [1, 65]',
      ),
    });
    expect(await run(2)).toBeCloseTo(firstAction(4), 6);
  });

  it('runs execute_v2 on the calling thread when asked to', async () => {
    const { tensorrt, libraries } = standins();
    const session = await TensorRTSession.load(await engineFile(POLICY), {
      tensorrt: { ...libraries, execution: 'execute' },
    });
    onTestFinished(() => session.dispose());
    const { outputs, inferMs } = await session.run(fill(session, 5));
    expect(data(outputs, 'actions', 'float32')[0]).toBeCloseTo(firstAction(5), 6);
    expect(inferMs).toBeGreaterThan(0);
    expect(tensorrt.counters().calls).toMatchObject({ 'IExecutionContext::executeV2': 1 });
    expect(tensorrt.counters().calls).not.toHaveProperty('IExecutionContext::enqueueV3');
  });

  it('leaves nothing behind on the device when disposed', async () => {
    const { cuda, tensorrt } = standins();
    const session = await open(POLICY);
    await session.run(fill(session, 1));
    await session.dispose();
    await expect(session.run(session.acquire({}))).rejects.toEqual(code('DISPOSED'));
    expect(nonZero(cuda.counters().live)).toEqual({});
    expect(nonZero(tensorrt.counters().live)).toEqual({});
    expect(nonZero(cuda.counters().violations)).toEqual({});
    expect(nonZero(tensorrt.counters().violations)).toEqual({});
  });
});
