import { hash as digest } from 'node:crypto';
import { z } from 'zod';
import { VLAError } from '../../errors.js';
import { type JsonValue, restoreNumbers } from './audit-json.js';

/** What the first line of a new log says in place of the hash of the line before. */
export const NO_HASH = '0'.repeat(64);

/** The longest line, bytes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** A point of the chain: the line that was written last. */
export interface ChainHead {
  readonly n: number;
  readonly hash: string;
}

/** A line ready to be written. */
export interface FormattedLine {
  /** With the newline. */
  readonly bytes: Buffer;
  readonly head: ChainHead;
}

/** One line of a log. */
export interface AuditLine {
  /** Number of the line in the log, from 1, counted on through rotated files. */
  readonly n: number;
  /** Wall clock, ISO 8601. */
  readonly t: string;
  readonly kind: string;
  readonly data: JsonValue;
  /** {@link hash} of the line before. */
  readonly prev: string;
  /** SHA-256 of all bytes of the line that stand before `,"hash":`. */
  readonly hash: string;
}

const HEX = /^[0-9a-f]{64}$/;
const ENDING = /^,"hash":"([0-9a-f]{64})"\}$/;
const ENDING_BYTES = ',"hash":""}'.length + 64;

const lineSchema = z.strictObject({
  n: z.number().int().positive(),
  t: z.string(),
  kind: z.string(),
  data: z.unknown(),
  prev: z.string().regex(HEX),
  hash: z.string(),
});

/**
 * The bytes of the line after `head`, with its newline.
 *
 * @param data JSON text
 * @throws VLAError INVALID_ARGUMENT for more than {@link MAX_LINE_BYTES}
 */
export function formatLine(head: ChainHead, kind: string, data: string): FormattedLine {
  const n = head.n + 1;
  const t = new Date().toISOString();
  const body = `{"n":${n},"t":"${t}","kind":${JSON.stringify(kind)},"data":${data},"prev":"${head.hash}"`;
  const hash = digest('sha256', body);
  const bytes = Buffer.from(`${body},"hash":"${hash}"}\n`);
  if (bytes.length > MAX_LINE_BYTES)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `an audit record may have ${MAX_LINE_BYTES} bytes, got ${bytes.length}`,
      { hint: 'Record the hash of images and other large data, not the data.' },
    );
  return { bytes, head: { n, hash } };
}

/**
 * Reads one line and checks it against its own hash.
 *
 * @param bytes without the newline
 * @param where for messages, such as `audit.jsonl, line 7`
 * @throws VLAError AUDIT_INVALID
 */
export function parseLine(bytes: Buffer, where: string): AuditLine {
  const body = bytes.subarray(0, Math.max(0, bytes.length - ENDING_BYTES));
  const hash = ENDING.exec(bytes.toString('latin1', body.length))?.[1];
  if (hash === undefined)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: expected a line that ends in its hash, got ${show(bytes)}`,
    );
  const actual = digest('sha256', body);
  if (actual !== hash)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: the line was changed, it says hash ${hash} and has ${actual}`,
    );
  const line = lineSchema.safeParse(jsonOf(bytes, where));
  if (!line.success)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: expected n, t, kind, data, prev and hash, got ${show(bytes)}`,
    );
  return { ...line.data, data: restored(line.data.data, where) };
}

function jsonOf(bytes: Buffer, where: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new VLAError('AUDIT_INVALID', `${where}: expected JSON, got ${show(bytes)}`, { cause: error });
  }
}

function restored(data: unknown, where: string): JsonValue {
  try {
    return restoreNumbers(data);
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    throw new VLAError('AUDIT_INVALID', `${where}: ${error.message}`, { cause: error });
  }
}

function show(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('utf8', 0, 60));
  return bytes.length > 60 ? `${text} …` : text;
}
