import { createReadStream } from 'node:fs';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { errorCode } from './audit-failure.js';
import { type AuditLine, MAX_LINE_BYTES, NO_HASH, parseLine } from './audit-line.js';

/** A line of a log file that fits its place in the chain. */
export interface VerifiedLine extends AuditLine {
  /** Number of the line in its file, from 1. */
  readonly line: number;
}

/**
 * Reads a log file line by line, in constant memory, and checks that it begins with a header, that each line has the
 * hash that it says, and that each follows the one before.
 *
 * @throws VLAError AUDIT_INVALID with the line; INVALID_ARGUMENT when the file cannot be read
 */
export async function* readAudit(file: string): AsyncGenerator<VerifiedLine, void, undefined> {
  const name = path.basename(file);
  let before: AuditLine | undefined;
  let number = 0;
  for await (const { bytes, isWhole } of linesOf(file)) {
    number++;
    const where = `${name}, line ${number}`;
    if (!isWhole)
      throw new VLAError(
        'AUDIT_INVALID',
        `${where}: the file ends in the middle of this line, after ${bytes.length} bytes of it`,
        {
          hint: 'A crash can do this: AuditLog.open repairs it, moves the torn line aside and records that.',
        },
      );
    const line = parseLine(bytes, where);
    checkPlace(line, before, where);
    yield { ...line, line: number };
    before = line;
  }
  if (!before)
    throw new VLAError('AUDIT_INVALID', `${name}, line 1: expected an audit log, got an empty file`);
}

function checkPlace(line: AuditLine, before: AuditLine | undefined, where: string): void {
  if (!before) {
    if (line.kind !== 'header')
      throw new VLAError(
        'AUDIT_INVALID',
        `${where}: a log file begins with a header, got ${line.kind}: lines before it were deleted or moved`,
      );
    if ((line.n === 1) !== (line.prev === NO_HASH))
      throw new VLAError('AUDIT_INVALID', `${where}: record ${line.n} names ${line.prev} as the one before`);
    return;
  }
  const expected = before.n + 1;
  if (line.n > expected)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: expected record ${expected}, got ${line.n}: records were deleted or moved`,
    );
  if (line.n < expected)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: expected record ${expected}, got ${line.n}: a record was inserted, repeated or moved`,
    );
  if (line.prev !== before.hash)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: the record follows one with hash ${line.prev}, but the line before has ${before.hash}: one of them was replaced`,
    );
}

interface RawLine {
  /** Without the newline. */
  readonly bytes: Buffer;
  /** Whether there was one. */
  readonly isWhole: boolean;
}

async function* linesOf(file: string): AsyncGenerator<RawLine, void, undefined> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of chunksOf(file)) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      yield { bytes: Buffer.concat([...parts, chunk.subarray(start, end)]), isWhole: true };
      parts = [];
      held = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    // A file without newlines would otherwise come into memory as a whole.
    if (held > MAX_LINE_BYTES) break;
  }
  if (held > 0) yield { bytes: Buffer.concat(parts), isWhole: false };
}

async function* chunksOf(file: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) yield chunk;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new VLAError('INVALID_ARGUMENT', `${file}: the audit log cannot be read`, { cause: error });
  }
}
