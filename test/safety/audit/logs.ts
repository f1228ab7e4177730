import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AuditLog, type AuditLogOptions } from '../../../lib/safety/audit/audit-log.js';
import { temporaryDirectory } from '../../engine/fixtures.js';

/** The path of a log that is not there yet, in a directory of its own. */
export async function newLogFile(): Promise<string> {
  return join(await temporaryDirectory(), 'arm.jsonl');
}

/** Opens a log that the test need not close. */
export function openLog(file: string, options: Partial<AuditLogOptions> = {}): AuditLog {
  const log = AuditLog.open(file, { header: { limits: [1, -0] }, ...options });
  onTestFinished(() => log.dispose());
  return log;
}

/** A closed log: header, one decision for each number, end. */
export async function closedLog(decisions: number): Promise<string> {
  const file = await newLogFile();
  const log = openLog(file);
  for (let index = 0; index < decisions; index++) log.append(decision(index));
  log.dispose();
  return file;
}

/** A decision that doubles its input. */
export function decision(value: number, outcome = 'pass') {
  const data = { input: { value }, answers: [], output: { outcome, value: 2 * value } };
  return { kind: 'decision', data };
}

export interface PlainLine {
  readonly n: number;
  readonly kind: string;
  readonly data: unknown;
  readonly prev: string;
  readonly hash: string;
}

/** The lines of a log as plain JSON. */
export async function linesOf(file: string): Promise<PlainLine[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

export async function kindsOf(file: string): Promise<string[]> {
  return (await linesOf(file)).map(({ kind }) => kind);
}
