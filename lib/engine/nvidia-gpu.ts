import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cudaDirectories, entries } from './library-directories.js';
import type { Machine } from './machine.js';

/** Device files of NVIDIA's drivers: of graphics cards, of a Jetson's GPU, and of the one that WSL passes on. */
const DEVICE = /^(nvidia|nvhost|nvmap$|nvgpu$|dxg$)/;

/**
 * Whether this machine may have an NVIDIA GPU. A look at a few directories, so that machines without one are told
 * apart before anything is loaded or started; only opening the driver can say for sure.
 */
export function mayHaveNvidiaGpu(machine: Machine): boolean {
  if (hasNvidiaDevice(machine)) return true;
  const searched = (machine.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((directory) => directory !== '');
  return [...searched, ...cudaDirectories(machine)].some((directory) =>
    existsSync(join(directory, 'libcuda.so.1')),
  );
}

/** Whether a driver has made device files. Containers get them only when they are given the GPU. */
export function hasNvidiaDevice({ root }: Machine): boolean {
  return entries(join(root, 'dev')).some((name) => DEVICE.test(name));
}
