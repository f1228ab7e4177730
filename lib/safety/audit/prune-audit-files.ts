import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isLogLocked } from './audit-lock.js';

/** `2026-11-22T20-27-36.000Z-4711-ab12.jsonl`, with what was rotated, torn or locked beside it. */
const RUN_FILE = /^(\d{4}-\d\d-\d\dT[\d.-]+Z-\d+-[0-9a-f]{4})(\.\d+)?\.jsonl(\.torn-\d+|\.lock)?$/;

/**
 * Deletes the logs of the oldest runs beside `file`, so that a robot which runs for years does not fill its disk. A log
 * that is being written is left alone, and so is every file that has another form of name.
 *
 * @param kept how many runs stay
 */
export function pruneAuditFiles(file: string, kept: number): void {
  const directory = path.dirname(file);
  if (!existsSync(directory)) return;
  const files = readdirSync(directory).filter((name) => RUN_FILE.test(name));
  const run = (name: string) => RUN_FILE.exec(name)?.[1] ?? '';
  // The names begin with the time, so their order is that of the runs.
  const runs = [...new Set(files.map(run))].sort();
  const old = runs
    .slice(0, Math.max(0, runs.length - kept))
    .filter((name) => !isLogLocked(path.join(directory, `${name}.jsonl`)));
  for (const name of files) {
    if (!old.includes(run(name))) continue;
    try {
      rmSync(path.join(directory, name), { force: true });
    } catch {
      // Somebody else's file must not keep this run from being recorded.
    }
  }
}
