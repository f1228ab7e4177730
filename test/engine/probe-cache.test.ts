import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { rejectionOf } from '../policy/error-of.js';
import { DRIVER, type FakeMachine, fakeMachine } from './fake-machine.js';

const LIBRARIES = { ...DRIVER, 'loader/libnvinfer.so.10': 'ok' };

/** What a new process would find: one that remembers nothing but what is on disk. */
async function findAfresh(machine: FakeMachine, options = {}) {
  vi.resetModules();
  const { findTensorRT: find } = await import('../../lib/engine/tensorrt-libraries.js');
  return find(options, machine);
}

async function cacheFile({ root }: FakeMachine): Promise<string> {
  const [name = 'none'] = await readdir(join(root, 'cache'));
  return join(root, 'cache', name);
}

describe('the memory of what was found', () => {
  it('searches once per process, for concurrent calls too', async () => {
    const machine = await fakeMachine(LIBRARIES);
    const [first, second] = await Promise.all([findTensorRT({}, machine), findTensorRT({}, machine)]);
    const third = await findTensorRT({}, machine);
    expect([second, third]).toEqual([first, first]);
    expect(machine.tried()).toHaveLength(2);
    expect(machine.opened()).toBe(1);
  });

  it('searches once per machine: the next process opens what it knows', async () => {
    const machine = await fakeMachine(LIBRARIES);
    const first = await findAfresh(machine);
    const processes = machine.tried().length;
    expect(await findAfresh(machine)).toEqual(first);
    expect(machine.tried()).toHaveLength(processes);
    expect(machine.opened()).toBe(2);
  });

  it('does not remember failures', async () => {
    const machine = await fakeMachine({});
    await expect(findTensorRT({}, machine)).rejects.toMatchObject({ code: 'CUDA_DRIVER_NOT_FOUND' });
    expect(await readdir(machine.root)).not.toContain('cache');
    await machine.write(LIBRARIES);
    expect((await findTensorRT({}, machine)).libraries.nvinfer).toBe('libnvinfer.so.10');
  });

  it.each([
    ['the library is another file', { 'loader/libnvinfer.so.10': 'version 10.3.1' }, {}],
    ['a better library appears', { 'loader/libnvinfer.so.11': 'version 11.1.0' }, {}],
    ['the driver is another file', { 'loader/libcuda.so.1': 'ok again' }, {}],
    ['a backend is another file', { 'backends/jetson_vla_trt10.so': 'rebuilt' }, {}],
    ['the cache of the dynamic loader is another', { 'etc/ld.so.cache': 'new' }, {}],
    ['other GPUs are visible', {}, { CUDA_VISIBLE_DEVICES: '1' }],
    ['another library is asked for', {}, { JETSON_VLA_NVINFER: 'libnvinfer.so.10' }],
  ])('searches again when %s', async (_what, files, env) => {
    const machine = await fakeMachine(LIBRARIES);
    await findAfresh(machine);
    const processes = machine.tried().length;
    await machine.write(files);
    await findAfresh({
      ...machine,
      machine: { ...machine.machine, env: { ...machine.machine.env, ...env } },
    });
    expect(machine.tried().length).toBeGreaterThan(processes);
  });

  it('searches again when the addon is another file', async () => {
    const machine = await fakeMachine(LIBRARIES);
    const copy = join(machine.root, 'addon.cjs');
    await writeFile(copy, await readFile(machine.addonFile));
    const own = { ...machine, addonFile: copy };
    await findAfresh(own);
    const processes = machine.tried().length;
    await utimes(copy, 1, 1);
    await findAfresh(own);
    expect(machine.tried().length).toBeGreaterThan(processes);
  });

  it.each([
    ['is no JSON', '{"nvinfer":'],
    ['holds something else', '{"nvinfer":3}'],
    ['names a library that nobody searched for', '{"nvinfer":"/evil.so","cuda":"libcuda.so.1"}'],
    ['names a driver that nobody searched for', '{"nvinfer":"libnvinfer.so.10","cuda":"/evil.so"}'],
    ['is empty', ''],
  ])('ignores a file that %s', async (_what, content) => {
    const machine = await fakeMachine(LIBRARIES);
    const first = await findAfresh(machine);
    await writeFile(await cacheFile(machine), content);
    expect(await findAfresh(machine)).toEqual(first);
    expect(machine.tried()).toHaveLength(4);
    // And it is repaired.
    await findAfresh(machine);
    expect(machine.tried()).toHaveLength(4);
  });

  it('finds TensorRT where nothing can be written', async () => {
    const machine = await fakeMachine({ ...LIBRARIES, cache: 'a file in the place of the directory' });
    expect((await findAfresh(machine)).libraries.nvinfer).toBe('libnvinfer.so.10');
    expect((await findAfresh(machine)).libraries.nvinfer).toBe('libnvinfer.so.10');
  });

  it('leaves nothing but the finished file', async () => {
    const machine = await fakeMachine(LIBRARIES);
    await findAfresh(machine);
    expect(await readdir(join(machine.root, 'cache'))).toEqual([
      expect.stringMatching(/^tensorrt-\w+\.json$/),
    ]);
  });

  it('searches again when what it knows no longer opens', async () => {
    const machine = await fakeMachine({ ...LIBRARIES, 'loader/libnvinfer.so.8': 'version 8.6.1' });
    await findAfresh(machine);
    // The same file as far as the key can tell, but this process cannot open it.
    const openTensorRT: typeof machine.addon.openTensorRT = (libraries) => {
      if (libraries.nvinfer === 'libnvinfer.so.10' && machine.tried().length === 2)
        throw Object.assign(new Error('gone'), { code: 'TENSORRT_NOT_FOUND' });
      return machine.addon.openTensorRT(libraries);
    };
    const changed = { ...machine, addon: { ...machine.addon, openTensorRT } };
    expect((await findAfresh(changed)).libraries.nvinfer).toBe('libnvinfer.so.10');
    expect(machine.tried()).toHaveLength(4);
  });

  it('reports what the library says when it opens elsewhere but not here', async () => {
    const machine = await fakeMachine(LIBRARIES);
    const openTensorRT = () => {
      throw Object.assign(new Error('static TLS block'), {
        code: 'TENSORRT_NOT_FOUND',
        hint: 'Load it first.',
      });
    };
    const error = await rejectionOf(
      findTensorRT({}, { ...machine, addon: { ...machine.addon, openTensorRT } }),
    );
    expect(error).toMatchObject({
      code: 'TENSORRT_NOT_FOUND',
      message: 'static TLS block',
      hint: 'Load it first.',
    });
  });

  it.each([
    [{ JETSON_VLA_CACHE_DIR: '<root>/own' }, 'own'],
    [{ JETSON_VLA_CACHE_DIR: '', XDG_CACHE_HOME: '<root>/xdg' }, 'xdg/jetson-vla'],
    [{ JETSON_VLA_CACHE_DIR: '', XDG_CACHE_HOME: 'relative', HOME: '<root>/home' }, 'home/.cache/jetson-vla'],
    [{ JETSON_VLA_CACHE_DIR: '', HOME: '<root>/home' }, 'home/.cache/jetson-vla'],
  ])('lies where %j says', async (variables, directory) => {
    const machine = await fakeMachine(LIBRARIES);
    const env = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, value.replace('<root>', machine.root)]),
    );
    await findAfresh({
      ...machine,
      machine: { ...machine.machine, env: { ...machine.machine.env, ...env } },
    });
    expect(await readdir(join(machine.root, directory))).toHaveLength(1);
  });
});
