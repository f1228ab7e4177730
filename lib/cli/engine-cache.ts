import { basename } from 'node:path';
import { type CacheEntry, EngineCache, engineCacheDirectory } from '../engine/engine-cache/engine-cache.js';
import { thisMachine } from '../engine/machine.js';
import { sizeText } from './size-text.js';
import { type Column, textTable } from './text-table.js';

export interface CacheArguments {
  readonly clear: boolean;
  readonly directory: string | undefined;
  readonly json: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Entry' },
  { title: 'Size', align: 'right' },
  { title: 'Model' },
  { title: 'Built for' },
  { title: 'Last used' },
];

/** Lists or clears the engines that loading ONNX files has built. */
export async function runCacheCommand({ clear, directory, json }: CacheArguments): Promise<void> {
  const cache = new EngineCache(directory ?? engineCacheDirectory(thisMachine()));
  const entries = clear ? await cache.clear() : await cache.list();
  if (json) {
    const result = { directory: cache.directory, [clear ? 'removed' : 'entries']: entries };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const total = sizeText(entries.reduce((sum, { bytes }) => sum + bytes, 0));
  if (clear)
    process.stdout.write(
      `Removed ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}, ${total}, from ${cache.directory}\n`,
    );
  else if (entries.length === 0) process.stdout.write(`No engines in ${cache.directory}\n`);
  else process.stdout.write(`${cache.directory}: ${total}\n${textTable(COLUMNS, entries.map(rowOf))}`);
}

function rowOf({ file, bytes, usedAt, passport, failure }: CacheEntry): string[] {
  const about = passport ?? failure;
  const onnx = passport?.onnx.file ?? failure?.onnx ?? 'unknown';
  return [
    basename(file),
    failure ? 'not built' : sizeText(bytes),
    onnx,
    about ? `TensorRT ${about.tensorrt}, ${about.gpu}` : 'no passport',
    usedAt.slice(0, 10),
  ];
}
