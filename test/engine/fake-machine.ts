import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import type { SearchEnvironment } from '../../lib/engine/tensorrt-libraries.js';
import type { VLAError } from '../../lib/errors.js';
import type { NativeAddon } from '../../lib/native/addon-types.js';
import { temporaryDirectory } from './fixtures.js';

const addonFile = fileURLToPath(new URL('./fake-addon.cjs', import.meta.url));
const addon: NativeAddon = createRequire(import.meta.url)(addonFile);

const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** A driver that works, where the dynamic loader finds it. */
export const DRIVER = { 'loader/libcuda.so.1': 'ok' };

/** Where JetPack and apt install libraries, below the root. */
export const SYSTEM = `usr/lib/${multiarch}`;

export interface FakeMachine extends SearchEnvironment {
  readonly root: string;
  /** What other processes tried to open, `<nvinfer> <parser> <cuda>` each, one list per process. */
  tried(): readonly (readonly string[])[];
  /** How often this process opened something. */
  opened(): number;
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * A machine with these files below its root: libraries that fake-addon.cjs understands, device files, releases.
 * The dynamic loader looks into `loader/`.
 */
export async function fakeMachine(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<FakeMachine> {
  const root = await temporaryDirectory();
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(more)) {
      const file = join(root, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  };
  await write(files);
  const log = join(root, 'log');
  vi.stubEnv('LD_LIBRARY_PATH', join(root, 'loader'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  let opened = 0;
  return {
    root,
    machine: {
      root,
      env: {
        PATH: process.env['PATH'],
        HOME: '/users/robot',
        LD_LIBRARY_PATH: join(root, 'loader'),
        FAKE_ADDON_LOG: log,
        JETSON_VLA_CACHE_DIR: join(root, 'cache'),
        ...env,
      },
    },
    addon: {
      ...addon,
      openTensorRT: (libraries) => {
        opened++;
        return addon.openTensorRT(libraries);
      },
    },
    addonFile,
    backendDirectory: join(root, 'backends'),
    timeoutMs: 30_000,
    tried: () => {
      const processes = new Map<string, string[]>();
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      for (const line of lines) {
        const [pid = '', ...names] = line.split(' ');
        processes.set(pid, [...(processes.get(pid) ?? []), names.join(' ')]);
      }
      return [...processes.values()];
    },
    opened: () => opened,
    write,
  };
}

/** The lines of an error's message that say what was tried, by library. */
export function refusals({ message }: VLAError): Record<string, string> {
  const lines = message.split('\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(2, at), line.slice(at + 2)];
    }),
  );
}
