import { describe, expect, it } from 'vitest';
import { mayHaveNvidiaGpu } from '../../lib/engine/nvidia-gpu.js';
import { fakeMachine, SYSTEM } from './fake-machine.js';

describe('mayHaveNvidiaGpu', () => {
  it.each([
    'dev/nvidia0',
    'dev/nvidiactl',
    'dev/nvhost-gpu',
    'dev/nvhost-ctrl',
    'dev/nvmap',
    'dev/nvgpu/igpu0/ctrl',
    'dev/dxg',
    `${SYSTEM}/libcuda.so.1`,
    `${SYSTEM}/tegra/libcuda.so.1`,
    'loader/libcuda.so.1',
  ])('takes %s for a sign of one', async (file) => {
    expect(mayHaveNvidiaGpu((await fakeMachine({ [file]: '' })).machine)).toBe(true);
  });

  it.each([
    'dev/nvme0',
    'dev/nvram',
    'dev/dri/card0',
    'usr/local/cuda/lib64/stubs/libcuda.so',
    'sys/nvidia0',
  ])('does not take %s for one', async (file) => {
    expect(mayHaveNvidiaGpu((await fakeMachine({ [file]: '' })).machine)).toBe(false);
  });
});
