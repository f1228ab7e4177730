import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { rejectionOf } from '../policy/error-of.js';
import { DRIVER, fakeMachine, refusals, SYSTEM } from './fake-machine.js';

describe('findTensorRT', () => {
  it('takes the newest major that the dynamic loader finds, and opens it here', async () => {
    const machine = await fakeMachine({
      ...DRIVER,
      'loader/libnvinfer.so.10': 'version 10.3.0',
      'loader/libnvinfer.so.8': 'version 8.5.2',
      'loader/libnvinfer_lean.so.11': 'version 11.1.0',
    });
    const { libraries, info } = await findTensorRT({}, machine);
    expect(libraries).toEqual({
      nvinfer: 'libnvinfer.so.10',
      cuda: 'libcuda.so.1',
      backendDirectory: machine.backendDirectory,
      device: 0,
    });
    expect(info).toMatchObject({ path: join(machine.root, 'loader/libnvinfer.so.10'), version: '10.3.0' });
    expect(machine.opened()).toBe(1);
  });

  it('asks the loader for the lean and the dispatch variant before it looks into directories', async () => {
    const files = {
      ...DRIVER,
      'loader/libnvinfer_lean.so.8': 'ok',
      'loader/libnvinfer_dispatch.so.11': 'ok',
      [`${SYSTEM}/libnvinfer.so.11`]: 'ok',
    };
    const lean = await findTensorRT({}, await fakeMachine(files));
    expect(lean.libraries.nvinfer).toBe('libnvinfer_lean.so.8');
    const dispatch = await findTensorRT(
      {},
      await fakeMachine({ ...files, 'loader/libnvinfer_lean.so.8': 'refuse TENSORRT_FAILED no' }),
    );
    expect(dispatch.libraries.nvinfer).toBe('libnvinfer_dispatch.so.11');
  });

  it.each([
    [`${SYSTEM}/libnvinfer.so.10`],
    ['usr/local/cuda/lib64/libnvinfer.so.8'],
    ['usr/local/lib/libnvinfer.so.11'],
    ['opt/tensorrt/lib/libnvinfer_lean.so.10'],
    ['users/robot/.local/lib/python3.10/site-packages/tensorrt_libs/libnvinfer.so.10'],
  ])('finds %s where the loader finds nothing', async (file) => {
    const machine = await fakeMachine({ ...DRIVER, [file]: 'ok' });
    const { libraries } = await findTensorRT({}, machine);
    expect(libraries.nvinfer).toBe(join(machine.root, file));
  });

  it.each([`${SYSTEM}/tegra`, `${SYSTEM}/nvidia`, 'usr/lib/wsl/lib'])(
    'finds a driver in %s',
    async (directory) => {
      const machine = await fakeMachine({
        [`${directory}/libcuda.so.1`]: 'ok',
        'loader/libnvinfer.so.10': 'ok',
      });
      const { libraries } = await findTensorRT({}, machine);
      expect(libraries.cuda).toBe(join(machine.root, directory, 'libcuda.so.1'));
    },
  );

  it('never takes the driver out of the stubs of the toolkit', async () => {
    const machine = await fakeMachine({
      'usr/local/cuda/lib64/stubs/libcuda.so.1': 'ok',
      'usr/local/cuda/lib64/stubs/libcuda.so': 'ok',
      'loader/libnvinfer.so.10': 'ok',
    });
    await expect(findTensorRT({}, machine)).rejects.toMatchObject({ code: 'CUDA_DRIVER_NOT_FOUND' });
  });

  it('prefers an option to the environment, and either to all that it would find itself', async () => {
    const files = {
      ...DRIVER,
      'loader/libnvinfer.so.11': 'version 11.1.0',
      'mine/libnvinfer.so.10': 'version 10.3.0',
      'mine/libcuda.so': 'ok',
      'other/libnvinfer.so.8': 'version 8.6.1',
    };
    const { root } = await fakeMachine(files);
    const env = {
      JETSON_VLA_NVINFER: join(root, 'other/libnvinfer.so.8'),
      JETSON_VLA_CUDA: join(root, 'mine/libcuda.so'),
    };
    const machine = await fakeMachine(files, env);
    expect((await findTensorRT({}, machine)).libraries).toMatchObject({
      nvinfer: env.JETSON_VLA_NVINFER,
      cuda: env.JETSON_VLA_CUDA,
    });
    const nvinfer = join(root, 'mine/libnvinfer.so.10');
    expect((await findTensorRT({ nvinfer, cuda: 'libcuda.so.1' }, machine)).libraries).toMatchObject({
      nvinfer,
      cuda: 'libcuda.so.1',
    });
  });

  it('takes no other library than the one that it was told to take', async () => {
    const machine = await fakeMachine({
      ...DRIVER,
      'loader/libnvinfer.so.10': 'ok',
      'mine/broken.so': 'crash',
    });
    const missing = join(machine.root, 'mine/none.so');
    const none = await rejectionOf(findTensorRT({ nvinfer: missing }, machine));
    expect(none.code).toBe('TENSORRT_NOT_FOUND');
    expect(refusals(none)).toEqual({ [missing]: 'no such file' });
    const broken = join(machine.root, 'mine/broken.so');
    expect(refusals(await rejectionOf(findTensorRT({ nvinfer: broken }, machine)))).toEqual({
      [broken]: expect.stringContaining('SIGSEGV'),
    });
    const cuda = await rejectionOf(findTensorRT({ cuda: missing }, machine));
    expect(cuda.code).toBe('CUDA_DRIVER_NOT_FOUND');
    expect(refusals(cuda)).toEqual({ [missing]: 'no such file' });
  });
});

describe('findTensorRT with libraries that do not work', () => {
  it('survives those that crash or end the process, says so, and takes the next one', async () => {
    const machine = await fakeMachine({
      ...DRIVER,
      'loader/libnvinfer.so.11': 'crash',
      'loader/libnvinfer.so.8': 'exit 3',
      'loader/libnvinfer_lean.so.11': 'complain',
      'loader/libnvinfer_lean.so.10': 'crash-at-exit',
      [`${SYSTEM}/libnvinfer.so.9`]: 'ok',
    });
    const error = await rejectionOf(findTensorRT({}, machine));
    const reasons = refusals(error);
    expect(reasons).toMatchObject({
      'libnvinfer.so.11': expect.stringContaining('SIGSEGV'),
      'libnvinfer.so.8': expect.stringContaining('exit code 3'),
      'libnvinfer_lean.so.11': expect.stringMatching(/exit code 127.*undefined symbol: cudnnCreate/),
      'libnvinfer_lean.so.10': expect.stringContaining('SIGABRT'),
      'libnvinfer_lean.so.8': expect.stringContaining('cannot open shared object file'),
      [join(machine.root, SYSTEM, 'libnvinfer.so.9')]:
        'TensorRT 9; this version of jetson-vla drives 8, 10 and 11',
    });
    expect(Object.keys(reasons)).toHaveLength(11);
    expect(machine.opened()).toBe(0);

    await machine.write({ 'loader/libnvinfer_dispatch.so.10': 'ok' });
    const { libraries } = await findTensorRT({}, machine);
    expect(libraries.nvinfer).toBe('libnvinfer_dispatch.so.10');
  });

  it('stops waiting for one that hangs, and goes on with the next one', async () => {
    const machine = await fakeMachine({ ...DRIVER, 'loader/libnvinfer.so.11': 'hang' });
    const error = await rejectionOf(findTensorRT({}, { ...machine, timeoutMs: 4000 }));
    expect(refusals(error)).toMatchObject({
      'libnvinfer.so.11': 'it did not answer within 4 s and was stopped',
      'libnvinfer.so.10': expect.stringContaining('cannot open shared object file'),
    });
  });

  it('tries what is not there in one process, and what comes after a failure in a fresh one', async () => {
    const machine = await fakeMachine({
      ...DRIVER,
      'loader/libnvinfer.so.8': 'refuse STANDIN_BUILD a stand-in',
      'loader/libnvinfer_lean.so.10': 'ok',
    });
    await findTensorRT({}, machine);
    expect(machine.tried()).toEqual([
      ['libnvinfer.so - libcuda.so.1'],
      [
        'libnvinfer.so.11 - libcuda.so.1',
        'libnvinfer.so.10 - libcuda.so.1',
        'libnvinfer.so.8 - libcuda.so.1',
      ],
      ['libnvinfer_lean.so.11 - libcuda.so.1', 'libnvinfer_lean.so.10 - libcuda.so.1'],
    ]);
  });

  it('is not confused by what a library prints', async () => {
    const machine = await fakeMachine({ ...DRIVER, 'loader/libnvinfer.so.10': 'chatter' });
    expect((await findTensorRT({}, machine)).info.version).toBe('10.3.0');
  });

  it('takes the next driver when one crashes, and tries every driver once', async () => {
    const machine = await fakeMachine({
      'loader/libcuda.so.1': 'crash',
      [`${SYSTEM}/libcuda.so.1`]: 'refuse CUDA_DRIVER_NOT_FOUND finds no CUDA device',
      [`${SYSTEM}/tegra/libcuda.so.1`]: 'ok',
      'loader/libnvinfer.so.8': 'ok',
    });
    const { libraries } = await findTensorRT({}, machine);
    expect(libraries.cuda).toBe(join(machine.root, SYSTEM, 'tegra/libcuda.so.1'));
    expect(machine.tried()).toHaveLength(4);
  });

  it('reports the driver and not TensorRT when both are missing, and starts one process only', async () => {
    const machine = await fakeMachine({});
    const error = await rejectionOf(findTensorRT({}, machine));
    expect(error.code).toBe('CUDA_DRIVER_NOT_FOUND');
    expect(refusals(error)).toEqual({
      'libcuda.so.1': expect.stringContaining('cannot open shared object file'),
      'other directories': expect.stringContaining(join(machine.root, SYSTEM, 'tegra')),
    });
    expect(machine.tried()).toHaveLength(1);
  });

  it('lists every library that it tried and every directory that it looked into', async () => {
    const machine = await fakeMachine(DRIVER);
    const error = await rejectionOf(findTensorRT({}, machine));
    expect(error.code).toBe('TENSORRT_NOT_FOUND');
    const { 'other directories': directories, ...names } = refusals(error);
    expect(directories).toContain(join(machine.root, SYSTEM));
    expect(Object.keys(names)).toEqual(
      ['', '_lean', '_dispatch'].flatMap((variant) =>
        [11, 10, 8].map((major) => `libnvinfer${variant}.so.${major}`),
      ),
    );
  });

  it.each([
    ['TENSORRT_UNSUPPORTED_VERSION', { 'usr/local/lib/libnvinfer.so.12': 'ok' }],
    ['TENSORRT_UNSUPPORTED_VERSION', { 'loader/libnvinfer.so.8': 'refuse TENSORRT_UNSUPPORTED_VERSION 8.2' }],
    [
      'TENSORRT_FAILED',
      { 'loader/libnvinfer.so.8': 'refuse TENSORRT_FAILED createInferRuntime returned null' },
    ],
    [
      'STANDIN_BUILD',
      { 'loader/libnvinfer.so.10': 'refuse STANDIN_BUILD compiled against stand-in headers' },
    ],
  ])('fails with %s for %j', async (code, files) => {
    const machine = await fakeMachine({ ...DRIVER, 'usr/local/lib/libnvinfer.so.7': 'ok', ...files });
    const error = await rejectionOf(findTensorRT({}, machine));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    for (const name of Object.keys(files)) expect(error.message).toContain(name.replace('loader/', ''));
  });

  it.each([
    ['CUDA_FAILED', 'cuDevicePrimaryCtxRetain failed'],
    ['OUT_OF_DEVICE_MEMORY', 'too little memory'],
  ])('ends at once with %s, which no other library would change', async (code, message) => {
    const machine = await fakeMachine({ ...DRIVER, 'loader/libnvinfer.so.11': `refuse ${code} ${message}` });
    await expect(findTensorRT({}, machine)).rejects.toMatchObject({
      code,
      message: `libnvinfer.so.11: ${message}`,
    });
    expect(machine.tried()).toHaveLength(2);
  });

  it('refuses a device that is not there', async () => {
    const machine = await fakeMachine({ ...DRIVER, 'loader/libnvinfer.so.11': 'ok' });
    await expect(findTensorRT({ device: 3 }, machine)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('got 3'),
    });
  });

  it('says why when the addon does not load in the other process', async () => {
    const machine = await fakeMachine(DRIVER);
    const broken = join(machine.root, 'addon.cjs');
    await writeFile(broken, 'throw new Error("wrong ELF class")');
    await expect(findTensorRT({}, { ...machine, addonFile: broken })).rejects.toMatchObject({
      code: 'ADDON_UNAVAILABLE',
      message: expect.stringContaining('wrong ELF class'),
    });
  });

  it('keeps what would break the other process away from it', async () => {
    const machine = await fakeMachine(
      { ...DRIVER, 'loader/libnvinfer.so.10': 'ok' },
      { NODE_OPTIONS: '--require=./no-such-file.cjs --inspect-brk' },
    );
    expect((await findTensorRT({}, machine)).info.version).toBe('10.3.0');
  });
});
