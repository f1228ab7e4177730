import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from '../engine/cache-directory.js';
import type { Machine } from '../engine/machine.js';
import { readText } from '../engine/machine-files.js';
import { type Examination, gibibytes } from './examination.js';
import { type Finding, ok, warn } from './finding.js';

/** What building an engine of a small policy takes; loading one takes less. */
const LITTLE_MEMORY_BYTES = 2 * 2 ** 30;
const LITTLE_DISK_BYTES = 2 * 2 ** 30;

export function memoryFindings({ machine }: Examination): Finding[] {
  const meminfo = readText(machine, 'proc/meminfo');
  if (meminfo === undefined) return [];
  const bytes = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  const total = bytes('MemTotal');
  const free = bytes('MemAvailable');
  const swap = bytes('SwapTotal') ?? 0;
  if (total === undefined || free === undefined) return [];
  const { limit, used } = containerMemory(machine);
  const available = limit === undefined ? free : Math.max(0, Math.min(free, limit - (used ?? 0)));
  const swapped = swap > 0 ? `${gibibytes(swap)} of swap` : 'no swap';
  const limited =
    limit === undefined || limit >= total ? '' : ` (the container is limited to ${gibibytes(limit)})`;
  const message = `${gibibytes(available)} free of ${gibibytes(total)}${limited}, ${swapped}`;
  return [
    available < LITTLE_MEMORY_BYTES
      ? warn(
          'memory',
          `${message}: building engines may run out of it`,
          swap > 0 ? 'Close other programs, on a Jetson the desktop first.' : 'Add swap, or close programs.',
        )
      : ok('memory', message),
  ];
}

/** Engines, timing caches and what was found out about libraries are kept in the cache directory. */
export async function diskFindings({ machine, live }: Examination): Promise<Finding[]> {
  if (live === undefined) return [];
  const directory = cacheDirectory(machine);
  const existing = await nearestExisting(directory);
  const isWritable = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return [
      warn(
        'cache directory',
        `${directory} cannot be written: each start searches for libraries again`,
        'Let JETSON_VLA_CACHE_DIR name another one.',
      ),
    ];
  const { bavail, bsize } = await statfs(existing);
  const message = `${directory}, ${gibibytes(bavail * bsize)} of disk free`;
  return [
    bavail * bsize < LITTLE_DISK_BYTES
      ? warn('cache directory', message, 'Free some, or let JETSON_VLA_CACHE_DIR name another disk.')
      : ok('cache directory', message),
  ];
}

/** Of control groups, version 2 and version 1; no number where there is no limit. */
function containerMemory(machine: Machine): { readonly limit?: number; readonly used?: number } {
  const read = (...files: string[]) => {
    const text = files.map((file) => readText(machine, `sys/fs/cgroup/${file}`)?.trim()).find((it) => it);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const limit = read('memory.max', 'memory/memory.limit_in_bytes');
  const used = read('memory.current', 'memory/memory.usage_in_bytes');
  return { ...(limit !== undefined && { limit }), ...(used !== undefined && { used }) };
}

async function nearestExisting(directory: string): Promise<string> {
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    const exists = await access(folder).then(
      () => true,
      () => false,
    );
    if (exists || folder === path.dirname(folder)) return folder;
  }
}
