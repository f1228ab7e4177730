import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.js';

/** The text of a well-known file, or undefined where there is none or it must not be read. */
export function readText({ root }: Machine, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

/** Of the device tree, where strings end with NUL and lists are strings in a row. */
export function readDeviceTree(machine: Machine, property: string): readonly string[] {
  const text = readText(machine, join('proc/device-tree', property)) ?? '';
  return text
    .split('\0')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
