import { describe, expect, it } from 'vitest';
import { resolveTensorRTOptions, type TensorRTPolicyOptions } from '../../lib/engine/tensorrt-options.js';
import { errorOf } from '../policy/error-of.js';

describe('resolveTensorRTOptions', () => {
  it('fills in what is not said', () => {
    expect(resolveTensorRTOptions()).toEqual({
      device: 0,
      profile: 0,
      memory: 'auto',
      graph: true,
      priority: 'normal',
      wait: 'block',
      hostCode: false,
      execution: 'enqueue',
    });
  });

  it('keeps what is said', () => {
    const options: Required<Omit<TensorRTPolicyOptions, 'build' | 'onProgress'>> = {
      nvinfer: 'libnvinfer.so.10',
      onnxParser: '/opt/libnvonnxparser.so.10',
      cuda: 'libcuda.so.1',
      device: 1,
      profile: 2,
      memory: 'staged',
      graph: false,
      priority: 'high',
      wait: 'spin',
      hostCode: true,
      execution: 'execute',
    };
    expect(resolveTensorRTOptions(options)).toEqual(options);
  });

  it.each([
    ['{"nvinfer":""}', 'tensorrt.nvinfer', '""'],
    ['{"nvinfer":10}', 'tensorrt.nvinfer', '10'],
    ['{"cuda":"lib\\u0000cuda"}', 'tensorrt.cuda', 'lib'],
    ['{"onnxParser":null}', 'tensorrt.onnxParser', 'null'],
    ['{"device":-1}', 'tensorrt.device', '-1'],
    ['{"device":1.5}', 'tensorrt.device', '1.5'],
    ['{"device":"0"}', 'tensorrt.device', '"0"'],
    ['{"profile":2147483648}', 'tensorrt.profile', '2147483648'],
    ['{"build":true}', 'tensorrt.build', 'true'],
    ['{"build":{"output":"a.engine"}}', 'tensorrt.build', 'output'],
    ['{"onProgress":1}', 'tensorrt.onProgress', '1'],
    ['{"memory":"pinned"}', 'tensorrt.memory', 'auto, mapped, staged'],
    ['{"graph":1}', 'tensorrt.graph', 'true, false'],
    ['{"priority":"low"}', 'tensorrt.priority', '"low"'],
    ['{"wait":"sleep"}', 'tensorrt.wait', 'block, spin'],
    ['{"execution":"later"}', 'tensorrt.execution', 'enqueue, execute'],
    ['{"nvifer":"x"}', 'nvinfer, onnxParser', '"nvifer"'],
    ['null', 'tensorrt', 'null'],
    ['"fast"', 'tensorrt', '"fast"'],
  ])('refuses %s and says what it expects and what came', (json, expected, came) => {
    const options: TensorRTPolicyOptions = JSON.parse(json);
    const error = errorOf(() => resolveTensorRTOptions(options));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(expected);
    expect(error.message).toContain(came);
  });
});
