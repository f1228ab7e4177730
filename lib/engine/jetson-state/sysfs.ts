import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../machine.js';

/** A file's text without blanks around it; undefined where it is not there, or the driver does not answer. */
export function readText({ root }: Machine, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The one number that a file holds; undefined where there is none. */
export function readNumber(machine: Machine, file: string): number | undefined {
  const text = readText(machine, file);
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Names in a directory that fit a pattern, `zone2` before `zone10`; none where there is no such directory. */
export function listNames({ root }: Machine, directory: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(join(root, directory)).filter((name) => pattern.test(name));
    return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}
