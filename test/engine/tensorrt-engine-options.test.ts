import { describe, expect, it } from 'vitest';
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import { code } from './session-suite.js';
import { ECHO, engineFile, nonZero, openEngine, standins } from './tensorrt-fixtures.js';

describe('TensorRTEngine.load', () => {
  it.each([
    ['no path', 5, {}],
    ['an empty path', '', {}],
    ['a path that the system would cut', 'policy.engine\0.txt', {}],
    ['no options', 'policy.engine', null],
    ['a warning listener that is no function', 'policy.engine', { onWarning: 'console' }],
    ['another view of half precision', 'policy.engine', { half: 'float64' }],
  ])('refuses %s', async (_, path, options) => {
    // @ts-expect-error: what JavaScript may pass all the same
    await expect(TensorRTEngine.load(path, options)).rejects.toThrow(code('INVALID_ARGUMENT'));
  });

  it('leaves nothing behind when onWarning throws', async () => {
    const { cuda, tensorrt, libraries } = standins();
    const file = await engineFile({ ...ECHO, sm: 86, hardwareCompatible: true });
    const options = {
      ...libraries,
      onWarning: () => {
        throw new Error('no warnings, please');
      },
    };
    await expect(TensorRTEngine.load(file, options)).rejects.toThrow('no warnings, please');
    expect(nonZero(cuda.counters().live)).toEqual({});
    expect(nonZero(tensorrt.counters().live)).toEqual({});
  });

  it('says why shapes were refused even when the old ones cannot be set again', async () => {
    const engine = await openEngine(ECHO);
    const { cuda, tensorrt } = standins();
    tensorrt.fail('IExecutionContext::inferShapes', 1);
    tensorrt.fail('IExecutionContext::setInputShape', 2);
    expect(() => engine.setInputShape('x', [8])).toThrow(code('INVALID_ARGUMENT'));
    expect(nonZero(cuda.counters().violations)).toEqual({});
    engine.setInputShape('x', [16]);
    expect(await engine.infer()).toBeGreaterThan(0);
  });
});
