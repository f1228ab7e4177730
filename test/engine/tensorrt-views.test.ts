import { describe, expect, it } from 'vitest';
import { tensorView } from '../../lib/engine/tensor-views.js';
import { VLAError } from '../../lib/errors.js';
import { runScript } from './fixtures.js';
import { ECHO, engineFile, standins } from './tensorrt-fixtures.js';

describe("views on a TensorRT engine's memory", () => {
  it('leave that memory alone when ArrayBuffer.transfer() has taken it from the engine', async () => {
    const { libraries } = standins();
    const result = await runScript(
      `
      import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
      import { StandinCuda } from '../fakes/native/control.js';
      import { standinDirectory } from '../fakes/native/standins.js';
      const cuda = new StandinCuda(standinDirectory());
      const engine = await TensorRTEngine.load(${JSON.stringify(await engineFile(ECHO))}, ${JSON.stringify(libraries)});
      let taken = engine.inputs.x.data.buffer.transfer();
      await engine.dispose();
      const held = cuda.counters().live;
      new Float32Array(taken).fill(3);
      console.log(new Float32Array(taken)[5], Object.values(held).some(Boolean));
      taken = undefined;
      for (let round = 0; round < 20; round++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      console.log(JSON.stringify(Object.values(cuda.counters().live).filter(Boolean)));`,
      // In Node 22 without a flag.
      ['--expose-gc', '--harmony-rab-gsab-transfer'],
    );
    expect(result).toEqual({ code: 0, signal: null, stdout: '3 true\n[]\n', stderr: '' });
  });

  it('are refused with a reason when they are larger than the memory', () => {
    expect(() => tensorView('float32', [3], new ArrayBuffer(8))).toThrow(VLAError);
    expect(() => tensorView('uint8', [2 ** 40], new ArrayBuffer(8))).toThrow(/1099511627776/);
  });
});
