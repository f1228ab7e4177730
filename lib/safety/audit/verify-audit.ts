import path from 'node:path';
import { VLAError } from '../../errors.js';
import { type JsonValue, propertyOf } from './audit-json.js';
import { type AuditLine, NO_HASH } from './audit-line.js';
import { readAudit } from './read-audit.js';

/** What a sound log file holds. */
export interface AuditReport {
  readonly file: string;
  /** Lines of the file. */
  readonly records: number;
  /** How many decisions had each outcome; `unknown` for those without one. */
  readonly decisions: Readonly<Record<string, number>>;
  /** `prev` is 64 zeros where a log begins, else the hash of the last line of the file before this one. */
  readonly first: Pick<AuditLine, 'n' | 't' | 'prev'>;
  /** `hash` is the head of the chain: kept elsewhere, it proves later that nothing up to here was changed or cut. */
  readonly last: Pick<AuditLine, 'n' | 't' | 'hash'>;
  /** Whether the last line says that the log was closed; if not, it is open, rotated, ended by a crash, or cut. */
  readonly isClosed: boolean;
}

/**
 * Checks the chain of one log file. The chain has no key: it shows accidents and changes of parts, but someone who
 * writes the whole file anew can make a chain that fits, and someone who cuts whole lines from its end leaves one.
 * `head` shows both.
 *
 * @param head hash of a line that the file must hold, from an earlier report
 * @throws VLAError AUDIT_INVALID with the first line that is wrong; INVALID_ARGUMENT when the file cannot be read
 */
export async function verifyAudit(file: string, head?: string): Promise<AuditReport> {
  const { report, holdsHead } = await verified(file, head);
  if (!holdsHead) throw headMissing([file], head);
  return report;
}

/**
 * As {@link verifyAudit} for several files, the oldest first. Each one that does not begin a log of its own must go on
 * where the one before it ends; the first may go on from a file that is no longer there.
 *
 * @param onReport called after each file
 */
export async function verifyAudits(
  files: readonly string[],
  head?: string,
  onReport: (report: AuditReport) => void = () => {},
): Promise<readonly AuditReport[]> {
  const reports: AuditReport[] = [];
  let isHeadFound = false;
  for (const file of files) {
    const { report, holdsHead } = await verified(file, head);
    const before = reports.at(-1);
    if (before) checkContinues(report, before);
    isHeadFound ||= holdsHead;
    reports.push(report);
    onReport(report);
  }
  if (!isHeadFound) throw headMissing(files, head);
  return reports;
}

async function verified(
  file: string,
  head: string | undefined,
): Promise<{ readonly report: AuditReport; readonly holdsHead: boolean }> {
  const decisions = new Map<string, number>();
  let holdsHead = head === undefined;
  let first: AuditLine | undefined;
  let last: AuditLine | undefined;
  let records = 0;
  for await (const line of readAudit(file)) {
    records++;
    first ??= line;
    last = line;
    holdsHead ||= line.hash === head;
    if (line.kind !== 'decision') continue;
    const outcome = outcomeOf(line.data);
    decisions.set(outcome, (decisions.get(outcome) ?? 0) + 1);
  }
  if (!first || !last) throw new VLAError('AUDIT_INVALID', `${file}: expected an audit log, got nothing`);
  const report = {
    file,
    records,
    decisions: Object.fromEntries(decisions),
    first: { n: first.n, t: first.t, prev: first.prev },
    last: { n: last.n, t: last.t, hash: last.hash },
    isClosed: last.kind === 'end',
  };
  return { report, holdsHead };
}

function outcomeOf(data: JsonValue): string {
  const outcome = propertyOf(propertyOf(data, 'output'), 'outcome');
  return typeof outcome === 'string' ? outcome : 'unknown';
}

function checkContinues({ file, first }: AuditReport, before: AuditReport): void {
  if (first.prev === NO_HASH || (first.prev === before.last.hash && first.n === before.last.n + 1)) return;
  throw new VLAError(
    'AUDIT_INVALID',
    `${path.basename(file)}, line 1: record ${first.n} follows ${first.prev}, but ${path.basename(before.file)} ends with record ${before.last.n}, ${before.last.hash}`,
    {
      hint: 'Give the files of a log oldest first: arm.2.jsonl arm.1.jsonl arm.jsonl. If they are, lines are gone.',
    },
  );
}

function headMissing(files: readonly string[], head: string | undefined): VLAError {
  const names = files.map((file) => path.basename(file)).join(', ');
  return new VLAError('AUDIT_INVALID', `${names}: no record has the hash ${head}`, {
    hint: 'The log was cut or written anew since that hash was noted, or it is the hash of another log.',
  });
}
