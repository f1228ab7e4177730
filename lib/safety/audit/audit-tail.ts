import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { errorCode } from './audit-failure.js';
import { type ChainHead, MAX_LINE_BYTES, parseLine } from './audit-line.js';

const NEWLINE = 0x0a;
const FIRST_WINDOW_BYTES = 64 * 1024;

/** How a log ends. */
export interface AuditTail {
  /** The last whole line; undefined when there is none. */
  readonly head: ChainHead | undefined;
  /** Bytes up to the end of that line. */
  readonly wholeBytes: number;
  /** What stands behind it: a line that a crash cut off. */
  readonly torn: Buffer;
}

/**
 * Reads the end of a log and checks its last whole line.
 *
 * @returns undefined when there is no such file
 * @throws VLAError AUDIT_INVALID when the line is damaged or the file is no log
 */
export function readTail(file: string): AuditTail | undefined {
  const fd = openIfThere(file);
  if (fd === undefined) return undefined;
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw new VLAError('INVALID_ARGUMENT', `${file}: expected a regular file for the audit log`);
    return tailOf(fd, stat.size, file);
  } finally {
    closeSync(fd);
  }
}

/**
 * Moves the torn end of a log into a file beside it.
 *
 * @returns what the log should say about it
 */
export function moveTornAside(
  file: string,
  { torn, wholeBytes }: AuditTail,
): { bytes: number; file: string } {
  const aside = writeAside(file, torn);
  const fd = openSync(file, 'r+');
  try {
    ftruncateSync(fd, wholeBytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { bytes: torn.length, file: path.basename(aside) };
}

function openIfThere(file: string): number | undefined {
  try {
    // Without O_NONBLOCK, a pipe of this name would be waited for.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function tailOf(fd: number, size: number, file: string): AuditTail {
  for (let window = FIRST_WINDOW_BYTES; ; window *= 2) {
    const bytes = Buffer.alloc(Math.min(window, size));
    readFully(fd, bytes, size - bytes.length, file);
    const end = bytes.lastIndexOf(NEWLINE);
    const start = end > 0 ? bytes.lastIndexOf(NEWLINE, end - 1) : -1;
    const isAll = bytes.length === size;
    if (start >= 0 || isAll) {
      const torn = bytes.subarray(end + 1);
      if (end < 0) return { head: undefined, wholeBytes: 0, torn: checkedStart(torn, file) };
      const { n, hash } = parseLine(bytes.subarray(start + 1, end), `${file}, last line`);
      return { head: { n, hash }, wholeBytes: size - torn.length, torn };
    }
    if (window > 2 * MAX_LINE_BYTES)
      throw new VLAError('AUDIT_INVALID', `${file}: expected lines of at most ${MAX_LINE_BYTES} bytes`);
  }
}

function readFully(fd: number, bytes: Buffer, position: number, file: string): void {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new VLAError('AUDIT_FAILED', `${file}: the file became shorter while it was read`);
    done += read;
  }
}

/** A file without any whole line is only repaired when it looks like a log, so that no other file is ever emptied. */
function checkedStart(torn: Buffer, file: string): Buffer {
  const start = Buffer.from('{"n":');
  const isStart = torn.subarray(0, start.length).equals(start.subarray(0, torn.length));
  // File systems fill with zeros what a power cut kept from the disk.
  if (!isStart && torn.some((byte) => byte !== 0))
    throw new VLAError('AUDIT_INVALID', `${file}: expected an audit log, got another kind of file`, {
      hint: 'Give the log a file of its own.',
    });
  return torn;
}

function writeAside(file: string, torn: Buffer): string {
  for (let number = 1; ; number++) {
    const aside = `${file}.torn-${number}`;
    try {
      writeFileSync(aside, torn, { flag: 'wx', mode: 0o600, flush: true });
      return aside;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}
