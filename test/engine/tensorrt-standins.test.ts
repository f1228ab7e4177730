import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { addonFile, backendDirectory, loadAddon } from '../../lib/native/load-addon.js';
import { rejectionOf } from '../policy/error-of.js';
import { temporaryDirectory } from './fixtures.js';

/** Where the build that the addon comes from put the stand-in libraries. */
const standins = join(backendDirectory(), '..', 'standins');
const cuda = join(standins, 'cuda/libcuda.so.1');

const nvinfer = (directory: string) =>
  join(standins, `tensorrt-${directory}`, `libnvinfer.so.${Number.parseInt(directory, 10) || 10}`);

/** This machine with an empty cache; `LD_LIBRARY_PATH` is for the probes, because a loader reads it when it starts. */
async function environment(env: Readonly<Record<string, string>> = {}) {
  const cache = await temporaryDirectory();
  return {
    machine: { root: cache, env: { ...process.env, JETSON_VLA_CACHE_DIR: cache, ...env } },
    addon: loadAddon(),
    addonFile: addonFile(),
    backendDirectory: backendDirectory(),
  };
}

describe('findTensorRT with the addon and the stand-in libraries', () => {
  it.each([
    ['8.5', '8.5.2'],
    ['8.6', '8.6.1'],
    ['10.3', '10.3.0'],
    ['10.16', '10.16.0'],
    ['11.1', '11.1.0'],
  ])('opens TensorRT %s in another process and then in this one', async (directory, version) => {
    const found = await findTensorRT({ nvinfer: nvinfer(directory), cuda }, await environment());
    expect(found.libraries).toMatchObject({ nvinfer: nvinfer(directory), cuda });
    expect(found.info).toMatchObject({ path: nvinfer(directory), version, standin: true });
  });

  it('finds the parser beside TensorRT', async () => {
    const options = { nvinfer: nvinfer('10.3'), cuda, parser: true };
    const { libraries } = await findTensorRT(options, await environment());
    expect(libraries.onnxParser).toBe(join(standins, 'tensorrt-10.3/libnvonnxparser.so.10'));
  });

  it.each([
    ['crashes', nvinfer('crash'), 'TENSORRT_NOT_FOUND', /SIG(SEGV|ABRT|ILL|BUS|FPE)/],
    ['lacks what TensorRT has', nvinfer('empty'), 'TENSORRT_NOT_FOUND', /getInferLibVersion/],
    ['is of an unknown major', nvinfer('12'), 'TENSORRT_UNSUPPORTED_VERSION', /12/],
    ['is no library at all', fileURLToPath(import.meta.url), 'TENSORRT_NOT_FOUND', /ELF/],
  ])('says what is wrong with one that %s', async (_what, library, code, reason) => {
    const error = await rejectionOf(findTensorRT({ nvinfer: library, cuda }, await environment()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(reason);
    expect(error.message).toContain(library);
  });

  it('finds the libraries through the dynamic loader, past one that crashes', async () => {
    const directory = await temporaryDirectory();
    await copyFile(nvinfer('crash'), join(directory, 'libnvinfer.so.10'));
    await copyFile(nvinfer('8.6'), join(directory, 'libnvinfer.so.8'));
    await copyFile(cuda, join(directory, 'libcuda.so.1'));
    const search = await environment({ LD_LIBRARY_PATH: directory });
    // This process cannot learn of another LD_LIBRARY_PATH, so what it is told to open is looked at instead.
    const openTensorRT = vi.fn(search.addon.openTensorRT);
    openTensorRT.mockReturnValue(
      loadAddon().openTensorRT({
        nvinfer: nvinfer('8.6'),
        cuda,
        backendDirectory: backendDirectory(),
        device: 0,
      }),
    );
    const { libraries } = await findTensorRT({}, { ...search, addon: { ...search.addon, openTensorRT } });
    expect(libraries).toMatchObject({ nvinfer: 'libnvinfer.so.8', cuda: 'libcuda.so.1' });
  });

  it('refuses a device that the driver does not have', async () => {
    const options = { nvinfer: nvinfer('10.3'), cuda, device: 99 };
    const error = await rejectionOf(findTensorRT(options, await environment()));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('99');
  });

  it('says so when the driver is none', async () => {
    const error = await rejectionOf(
      findTensorRT({ nvinfer: nvinfer('10.3'), cuda: nvinfer('10.3') }, await environment()),
    );
    expect(error.code).toBe('CUDA_DRIVER_NOT_FOUND');
    expect(error.message).toContain(nvinfer('10.3'));
  });
});
