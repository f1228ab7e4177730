import { describe, expect, it, onTestFinished } from 'vitest';
import { TensorRTSession } from '../../lib/engine/tensorrt-session.js';
import { code, data } from './session-suite.js';
import { ECHO, engineFile, standins } from './tensorrt-fixtures.js';

async function open() {
  const session = await TensorRTSession.load(await engineFile(ECHO), { tensorrt: standins().libraries });
  onTestFinished(() => session.dispose());
  const acquire = (value: number) => {
    const inputs = session.acquire({ x: [2] });
    data(inputs, 'x', 'float32').fill(value);
    return inputs;
  };
  const run = async (inputs: ReturnType<typeof acquire>) => [
    ...data((await session.run(inputs)).outputs, 'y', 'float32'),
  ];
  return { session, acquire, run };
}

describe('tensors that a TensorRT session lends', () => {
  it('run in the order in which they were acquired, also when an earlier one was given back unused', async () => {
    const { session, acquire, run } = await open();
    const dropped = acquire(1);
    const second = acquire(2);
    session.release(dropped);
    const third = acquire(3);
    expect(await run(second)).toEqual([2, 2]);
    expect(await run(third)).toEqual([3, 3]);
  });

  it('may all run at once', async () => {
    const { acquire, run } = await open();
    const results = await Promise.all([1, 2, 3, 4].map((value) => run(acquire(value))));
    expect(results).toEqual([1, 2, 3, 4].map((value) => [value, value]));
  });

  it('are the memory of the engine again once all are back', async () => {
    const { session, acquire, run } = await open();
    const [first, second] = [acquire(1), acquire(2)];
    await run(first);
    await run(second);
    const third = acquire(3);
    expect(data(third, 'x', 'float32').buffer).toBe(data(first, 'x', 'float32').buffer);
    session.release(third);
  });

  it('are refused when no memory could hold them', async () => {
    const { session } = await open();
    expect(() => session.acquire({ x: [2 ** 52] })).toThrow(code('INVALID_ARGUMENT'));
  });
});
