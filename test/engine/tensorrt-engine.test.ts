import { getEventListeners } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import type { Dtype, TensorDataByDtype } from '../../lib/policy/tensor.js';
import type { StandinEngine } from '../fakes/native/engine-file.js';
import { code, data } from './session-suite.js';
import { ECHO, engineFile, nonZero, openEngine, POLICY, standins, VERSIONS } from './tensorrt-fixtures.js';

/** The view of an input that must have this type. */
function input<D extends Dtype>(engine: TensorRTEngine, name: string, dtype: D): TensorDataByDtype[D] {
  return data(engine.inputs, name, dtype);
}

const HALVES: StandinEngine = {
  inputs: [
    { name: 'half', dtype: 'float16', shape: [4] },
    { name: 'bfloat', dtype: 'bfloat16', shape: [4] },
  ],
  outputs: [
    { name: 'half_out', dtype: 'float16', shape: [4] },
    { name: 'bfloat_out', dtype: 'bfloat16', shape: [4] },
  ],
};

/** Takes 300 ms, so that there is time to do something meanwhile. */
const LONG: StandinEngine = { ...ECHO, delayMs: 300 };

describe.each(VERSIONS)('TensorRTEngine on TensorRT %s', (version) => {
  it('runs what is written into its inputs, both ways, and shows the result in its outputs', async () => {
    const engine = await openEngine(ECHO, {}, version);
    expect(engine.info).toMatchObject({ tensorrtVersion: expect.stringMatching(`^${version}\\.`) });
    for (let run = 0; run < 4; run++) {
      input(engine, 'x', 'float32').set([run, 2, 3, 4]);
      expect(run % 2 === 0 ? engine.executeV2() : await engine.infer()).toBeGreaterThan(0);
      expect([...data(engine.outputs, 'y', 'float32')]).toEqual([run, 2, 3, 4]);
    }
  });

  it('describes inputs and outputs with their profiles', async () => {
    const engine = await openEngine(ECHO, { memory: 'staged' }, version);
    expect(engine.info).toMatchObject({
      memory: 'staged',
      profileCount: 1,
      deviceMemoryBytes: 4096,
      tensors: [
        {
          name: 'x',
          mode: 'input',
          dtype: 'float32',
          shape: [-1],
          location: 'device',
          profiles: [{ min: [1], opt: [4], max: [64] }],
        },
        { name: 'y', mode: 'output', dtype: 'float32', shape: [-1], profiles: [] },
      ],
    });
    expect(() => JSON.parse(engine.inspect())).not.toThrow();
  });
});

describe('TensorRTEngine', () => {
  it('keeps its views on the same memory until a shape changes', async () => {
    const engine = await openEngine(ECHO);
    const before = input(engine, 'x', 'float32');
    await engine.infer();
    expect(input(engine, 'x', 'float32')).toBe(before);
    engine.setInputShape('x', [4]);
    expect(input(engine, 'x', 'float32')).toBe(before);
    engine.setInputShape('x', [64]);
    const after = input(engine, 'x', 'float32');
    expect(after).toHaveLength(64);
    expect(after.buffer).toBe(before.buffer);
    after.fill(7);
    await engine.infer();
    expect([...data(engine.outputs, 'y', 'float32')]).toEqual(Array(64).fill(7));
  });

  it.each([
    [{ x: [65] }, /"x": the engine takes a shape from \[1\] to \[64\], got \[65\]/],
    [{ x: [0] }, /got \[0\]/],
    [{ x: [4, 4] }, /got \[4, 4\]/],
    [{ x: [2.5] }, /whole numbers/],
    [{ x: [Number.NaN] }, /whole numbers/],
    [{ x: Array(9).fill(1) }, /at most 8/],
    [{ z: [4] }, /has the inputs x, not "z"/],
    [{ y: [4] }, /has the inputs x, not "y"/],
  ])('refuses the shapes %j and keeps the ones that it had', async (shapes, message) => {
    const engine = await openEngine(ECHO);
    engine.setInputShape('x', [3]);
    expect(() => engine.setInputShapes({ x: [2], ...shapes })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
    expect(engine.inputs['x']?.shape).toEqual([3]);
    expect(engine.outputs['y']?.shape).toEqual([3]);
    input(engine, 'x', 'float32').set([1, 2, 3]);
    await engine.infer();
    expect([...data(engine.outputs, 'y', 'float32')]).toEqual([1, 2, 3]);
  });

  it('converts half precision to float32 and back', async () => {
    const engine = await openEngine(HALVES);
    const values = [1, -0.5, 65504, 1 / 3];
    input(engine, 'half', 'float32').set(values);
    input(engine, 'bfloat', 'float32').set([1, -2, 1e30, 0.5]);
    await engine.infer();
    expect([...data(engine.outputs, 'half_out', 'float32')]).toEqual([1, -0.5, 65504, 0.333251953125]);
    expect([...data(engine.outputs, 'bfloat_out', 'float32')].map((value) => value.toPrecision(2))).toEqual([
      '1.0',
      '-2.0',
      '1.0e+30',
      '0.50',
    ]);
  });

  it('gives half precision as bit patterns when asked to', async () => {
    const engine = await openEngine(HALVES, { half: 'bits' });
    input(engine, 'half', 'float16').set([0x3c00, 0x8000, 0x7e01, 1]);
    engine.executeV2();
    expect([...data(engine.outputs, 'half_out', 'float16')]).toEqual([0x3c00, 0x8000, 0x7e01, 1]);
  });

  it('refuses a second call while one runs, and answers the first', async () => {
    const engine = await openEngine(LONG);
    input(engine, 'x', 'float32').set([1, 2, 3, 4]);
    const first = engine.infer();
    await expect(engine.infer()).rejects.toEqual(code('QUEUE_FULL'));
    expect(() => engine.executeV2()).toThrow(code('QUEUE_FULL'));
    expect(() => engine.setInputShape('x', [2])).toThrow(code('QUEUE_FULL'));
    expect(await first).toBeGreaterThan(250);
    expect([...data(engine.outputs, 'y', 'float32')]).toEqual([1, 2, 3, 4]);
  });

  it('leaves the event loop free while it runs', async () => {
    const engine = await openEngine(LONG);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    onTestFinished(() => clearInterval(timer));
    await engine.infer();
    expect(ticks).toBeGreaterThan(3);
  });

  it('rejects at once when aborted or late, finishes in the background, and then runs again', async () => {
    const engine = await openEngine(LONG);
    const abort = new AbortController();
    let finished = false;
    const running = engine.infer({ signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toEqual(code('ABORTED'));
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    await expect(engine.infer()).rejects.toEqual(code('QUEUE_FULL'));
    await expect
      .poll(
        () =>
          engine.infer().then(
            () => {
              finished = true;
              return finished;
            },
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    await expect(engine.infer({ deadlineMs: 20 })).rejects.toEqual(code('DEADLINE_EXCEEDED'));
  });

  it('waits for the call in flight when disposed, empties its views, and says so afterwards', async () => {
    const { cuda, tensorrt } = standins();
    const engine = await openEngine(LONG);
    const view = input(engine, 'x', 'float32');
    const events: string[] = [];
    const running = engine.infer().then(() => events.push('result'));
    const disposing = engine.dispose().then(() => events.push('disposed'));
    expect(engine.dispose()).toBe(engine.dispose());
    await Promise.all([running, disposing]);
    expect(events).toEqual(['result', 'disposed']);
    expect(view).toHaveLength(0);
    for (const use of [
      () => engine.inputs,
      () => engine.outputs,
      () => engine.executeV2(),
      () => engine.setInputShape('x', [2]),
      () => engine.inspect(),
    ])
      expect(use).toThrow(code('DISPOSED'));
    await expect(engine.infer()).rejects.toEqual(code('DISPOSED'));
    await engine.dispose();
    expect(nonZero({ ...cuda.counters().live, ...cuda.counters().violations })).toEqual({});
    expect(nonZero({ ...tensorrt.counters().live, ...tensorrt.counters().violations })).toEqual({});
  });

  it('does not let its memory be transferred to another thread', async () => {
    const engine = await openEngine(ECHO);
    const { port1 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const view = input(engine, 'x', 'float32');
    // Node 20 copies what must not be transferred, later versions throw.
    try {
      port1.postMessage(view.buffer, [view.buffer]);
    } catch (error) {
      expect(error).toMatchObject({ name: 'DataCloneError' });
    }
    expect(view).toHaveLength(4);
    await engine.infer();
  });

  it('goes on without a CUDA graph when the engine cannot be captured, and warns once', async () => {
    const warnings: string[] = [];
    const engine = await openEngine(
      { ...ECHO, uncapturable: true },
      { onWarning: (text) => warnings.push(text) },
    );
    for (let run = 0; run < 4; run++) {
      input(engine, 'x', 'float32').fill(run);
      await engine.infer();
      expect(data(engine.outputs, 'y', 'float32')[0]).toBe(run);
    }
    expect(warnings).toEqual([expect.stringContaining('runs without a CUDA graph')]);
  });

  it('says what is wrong with a file, and what to do', async () => {
    const { libraries } = standins();
    const missing = `${await engineFile(ECHO)}.none`;
    await expect(TensorRTEngine.load(missing, libraries)).rejects.toMatchObject({
      code: 'BUNDLE_NOT_FOUND',
      message: expect.stringContaining(missing),
    });
    const damaged = await engineFile(ECHO);
    await writeFile(damaged, 'no engine');
    await expect(TensorRTEngine.load(damaged, libraries)).rejects.toEqual(code('ENGINE_CORRUPT'));
    await expect(TensorRTEngine.load(await engineFile(ECHO, '10.16'), libraries)).rejects.toMatchObject({
      code: 'ENGINE_VERSION_MISMATCH',
      hint: expect.stringContaining('npx jetson-vla build'),
      stack: expect.stringContaining('tensorrt-engine.ts'),
    });
    await expect(
      TensorRTEngine.load(await engineFile({ ...ECHO, sm: 7.2 }), libraries),
    ).rejects.toMatchObject({
      code: 'ENGINE_DEVICE_MISMATCH',
      hint: expect.stringContaining('npx jetson-vla build'),
    });
  });

  it('runs the CPU code of a version-compatible engine only when it is allowed to', async () => {
    const { libraries } = standins('10.16');
    const file = await engineFile({ ...ECHO, versionCompatible: true, hostCode: true }, '10.3');
    await expect(TensorRTEngine.load(file, libraries)).rejects.toMatchObject({
      code: 'TENSORRT_FAILED',
      hint: expect.stringContaining('tensorrt.hostCode'),
    });
    const engine = await TensorRTEngine.load(file, { ...libraries, hostCode: true });
    onTestFinished(() => engine.dispose());
    await engine.infer();
  });

  it('needs its file only while it loads', async () => {
    const file = await engineFile(ECHO);
    const engine = await TensorRTEngine.load(file, standins().libraries);
    onTestFinished(() => engine.dispose());
    await rm(file);
    await engine.infer();
    engine.executeV2();
  });

  it.each([
    [{ half: 'double' }, /half must be float32 or bits/],
    [{ memory: 'managed' }, /memory/],
    [{ profile: -1 }, /profile/],
    [{ profile: 1 }, /profile from 0 to 0, got 1/],
    [{ device: 7 }, /ordinal from 0 to 0, got 7/],
    [{ unknown: true }, /unknown/],
  ])('refuses the options %j', async (options, message) => {
    const { libraries } = standins();
    const file = await engineFile(ECHO);
    await expect(
      // @ts-expect-error: what JavaScript without types may pass
      TensorRTEngine.load(file, { ...libraries, ...options }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
  });

  it('is an engine like any other for several engines in one process', async () => {
    const engines = await Promise.all(VERSIONS.map((version) => openEngine(ECHO, {}, version)));
    engines.forEach((engine, at) => {
      input(engine, 'x', 'float32').fill(at);
    });
    await Promise.all(engines.map((engine) => engine.infer()));
    engines.forEach((engine, at) => {
      expect(data(engine.outputs, 'y', 'float32')[0]).toBe(at);
    });
  });

  it('refuses an engine whose tensors JavaScript cannot hold', async () => {
    const fp8 = { name: 'x', dtype: 'fp8', shape: [4] } as const;
    await expect(openEngine({ inputs: [fp8], outputs: [{ ...fp8, name: 'y' }] })).rejects.toMatchObject({
      code: 'UNSUPPORTED_POLICY',
      message: expect.stringContaining('"x" has the element type FP8'),
    });
    await expect(
      openEngine({ ...POLICY, inputs: POLICY.inputs.map((tensor) => ({ ...tensor, format: 1 })) }),
    ).rejects.toEqual(code('UNSUPPORTED_POLICY'));
  });
});
