import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { rejectionOf } from '../policy/error-of.js';
import { DRIVER, fakeMachine, refusals, SYSTEM } from './fake-machine.js';

describe('findTensorRT for building engines', () => {
  const plain = { ...DRIVER, 'usr/local/lib/libnvinfer.so.10': 'ok' };

  it('takes the parser beside TensorRT, then that of the loader, then that of another directory', async () => {
    const name = 'libnvonnxparser.so.10';
    const elsewhere = { ...plain, [`${SYSTEM}/${name}`]: 'ok' };
    const third = await fakeMachine(elsewhere);
    expect((await findTensorRT({ parser: true }, third)).libraries.onnxParser).toBe(
      join(third.root, SYSTEM, name),
    );
    const second = await fakeMachine({ ...elsewhere, [`loader/${name}`]: 'ok' });
    expect((await findTensorRT({ parser: true }, second)).libraries.onnxParser).toBe(name);
    const first = await fakeMachine({
      ...elsewhere,
      [`loader/${name}`]: 'ok',
      [`usr/local/lib/${name}`]: 'ok',
    });
    expect((await findTensorRT({ parser: true }, first)).libraries.onnxParser).toBe(
      join(first.root, 'usr/local/lib', name),
    );
  });

  it('takes no parser of another major, and no TensorRT that builds nothing', async () => {
    const machine = await fakeMachine({
      ...plain,
      'loader/libnvinfer_lean.so.11': 'version 11.1.0',
      'usr/local/lib/libnvonnxparser.so.8': 'ok',
    });
    const error = await rejectionOf(findTensorRT({ parser: true }, machine));
    expect(error.code).toBe('TENSORRT_NOT_FOUND');
    expect(error.message).toContain(join(machine.root, 'usr/local/lib/libnvinfer.so.10'));
    expect(refusals(error)).toEqual({ 'libnvonnxparser.so.10': expect.stringContaining('cannot open') });
    const onnxParser = join(machine.root, 'usr/local/lib/libnvonnxparser.so.8');
    const chosen = await rejectionOf(findTensorRT({ parser: true, onnxParser }, machine));
    expect(refusals(chosen)).toEqual({ [onnxParser]: expect.stringContaining('a parser of TensorRT 8') });
  });

  it('survives a parser that crashes', async () => {
    const machine = await fakeMachine({ ...plain, 'usr/local/lib/libnvonnxparser.so.10': 'crash' });
    const error = await rejectionOf(findTensorRT({ parser: true }, machine));
    expect(refusals(error)).toMatchObject({
      [join(machine.root, 'usr/local/lib/libnvonnxparser.so.10')]: expect.stringContaining('SIGSEGV'),
    });
  });

  it('takes the parser that JETSON_VLA_NVONNXPARSER names', async () => {
    const machine = await fakeMachine(
      { ...plain, 'loader/my-parser.so': 'ok', 'usr/local/lib/libnvonnxparser.so.10': 'ok' },
      { JETSON_VLA_NVONNXPARSER: 'my-parser.so' },
    );
    expect((await findTensorRT({ parser: true }, machine)).libraries.onnxParser).toBe('my-parser.so');
  });

  it('opens no parser for running engines', async () => {
    const machine = await fakeMachine({ ...plain, 'usr/local/lib/libnvonnxparser.so.10': 'crash' });
    expect((await findTensorRT({}, machine)).libraries).not.toHaveProperty('onnxParser');
  });
});
