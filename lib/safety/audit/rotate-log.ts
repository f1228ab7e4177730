import { renameSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from './audit-failure.js';

/** The name of a rotated file: `arm.1.jsonl` is the newest one of `arm.jsonl`. */
export function rotatedFile(file: string, number: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${number}${ext}`);
}

/** Moves each file to the next number and the log itself to number 1. The file with the number `keep` is overwritten. */
export function rotateLog(file: string, keep: number): void {
  for (let number = keep - 1; number >= 1; number--)
    renameIfThere(rotatedFile(file, number), rotatedFile(file, number + 1));
  renameSync(file, rotatedFile(file, 1));
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
