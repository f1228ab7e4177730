import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { auditFailure } from './audit-failure.js';
import { type AuditDisk, AuditFile, REAL_DISK } from './audit-file.js';
import { encodeJson } from './audit-json.js';
import { type ChainHead, type FormattedLine, formatLine, NO_HASH } from './audit-line.js';
import { lockLog } from './audit-lock.js';
import type { AuditAppendOptions, AuditRecord, AuditSink } from './audit-sink.js';
import { type AuditTail, moveTornAside, readTail } from './audit-tail.js';
import { rotatedFile, rotateLog } from './rotate-log.js';

const OWN_KINDS = ['header', 'repair', 'end'];
const FSYNC_POLICIES = ['none', 'stop'] as const;

export interface AuditLogOptions {
  /** The configuration that decisions are judged by, plain JSON. Written at each opening and at the start of each file. */
  readonly header: unknown;
  /** The size at which a new file is begun, bytes; 64 MiB by default. One record larger than this is still written. */
  readonly maxBytes?: number;
  /** How many full files are kept beside the one that is being written; 8 by default. */
  readonly keep?: number;
  /** `stop` (default): records appended with `sync` wait for the disk. `none`: nothing does. */
  readonly fsync?: (typeof FSYNC_POLICIES)[number];
  /** For tests. */
  readonly disk?: AuditDisk;
}

/**
 * A log of JSON lines in which each line holds the hash of the line before. A record is with the operating system when
 * `append` returns, so it outlives this process; with `sync` it outlives a power cut.
 */
export class AuditLog implements AuditSink, Disposable {
  /** Absolute. */
  readonly file: string;
  readonly #header: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #fsync: (typeof FSYNC_POLICIES)[number];
  readonly #disk: AuditDisk;
  readonly #unlock: () => void;
  #output: AuditFile | undefined;
  #head: ChainHead = { n: 0, hash: NO_HASH };
  #hasRecords = false;
  #failure: VLAError | undefined;
  #isDisposed = false;

  /**
   * Opens a log, or makes one (mode 0600, its directory 0700). An existing one is continued: its last line is checked,
   * and a line that a crash cut off is moved to `<file>.torn-<number>`, which the log records. The whole chain is
   * checked by `verifyAudit`, not here.
   *
   * @throws VLAError AUDIT_FAILED when the file cannot be written or another process writes it, AUDIT_INVALID when it
   *   is damaged or no log, INVALID_ARGUMENT
   */
  static open(file: string, options: AuditLogOptions): AuditLog {
    return new AuditLog(file, options);
  }

  private constructor(file: string, options: AuditLogOptions) {
    const { header, maxBytes = 64 * 1024 * 1024, keep = 8, fsync = 'stop', disk = REAL_DISK } = options;
    if (typeof file !== 'string' || file === '')
      throw new VLAError('INVALID_ARGUMENT', `the audit log needs a file name, got ${JSON.stringify(file)}`);
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1)
      throw new VLAError('INVALID_ARGUMENT', `maxBytes must be a whole number of 1 or more, got ${maxBytes}`);
    if (!Number.isSafeInteger(keep) || keep < 1)
      throw new VLAError('INVALID_ARGUMENT', `keep must be a whole number of 1 or more, got ${keep}`);
    if (!FSYNC_POLICIES.includes(fsync))
      throw new VLAError('INVALID_ARGUMENT', `fsync must be ${FSYNC_POLICIES.join(' or ')}, got ${fsync}`);
    this.file = path.resolve(file);
    this.#header = encodeJson(header);
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    this.#fsync = fsync;
    this.#disk = disk;
    try {
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      this.#unlock = lockLog(this.file);
    } catch (error) {
      throw auditFailure(this.file, error);
    }
    try {
      this.#start(readTail(this.file));
    } catch (error) {
      this.#release();
      throw auditFailure(this.file, error);
    }
  }

  /**
   * @throws VLAError AUDIT_FAILED when the record cannot be written, the file was moved or changed by somebody else, or
   *   the log is disposed, and from then on: only a new `AuditLog.open` ends that. INVALID_ARGUMENT for data that are
   *   not plain JSON; nothing is written then and the log stays usable.
   */
  append({ kind, data }: AuditRecord, { sync = false }: AuditAppendOptions = {}): void {
    if (this.#failure)
      throw new VLAError('AUDIT_FAILED', this.#failure.message, {
        ...(this.#failure.hint !== undefined && { hint: this.#failure.hint }),
        cause: this.#failure,
      });
    if (typeof kind !== 'string' || kind === '' || OWN_KINDS.includes(kind))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the kind of a record must be a word other than ${OWN_KINDS.join(', ')}, got ${JSON.stringify(kind)}`,
      );
    const text = encodeJson(data);
    const line = formatLine(this.#head, kind, text);
    try {
      if (this.#hasRecords && this.#current().size + line.bytes.length > this.#maxBytes) {
        this.#rotate();
        this.#write(formatLine(this.#head, kind, text));
      } else this.#write(line);
      this.#hasRecords = true;
      if (sync && this.#fsync === 'stop') this.#current().sync();
    } catch (error) {
      this.#failure = auditFailure(this.file, error);
      throw this.#failure;
    }
  }

  /** Writes a last record that says so, if it can, and closes the file. Idempotent, never throws. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    try {
      if (!this.#failure) {
        this.#write(formatLine(this.#head, 'end', '{}'));
        if (this.#fsync === 'stop') this.#current().sync();
      }
    } catch {
      // The missing record says that the log did not end as it should.
    } finally {
      this.#failure = new VLAError('AUDIT_FAILED', `${this.file}: the audit log is disposed`, {
        hint: 'Open it again with AuditLog.open.',
      });
      this.#release();
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #start(tail: AuditTail | undefined): void {
    const torn = tail && tail.torn.length > 0 ? moveTornAside(this.file, tail) : undefined;
    // A crash in the middle of a rotation leaves no file, or one without lines: the chain goes on from the one before.
    this.#head = tail?.head ?? readTail(rotatedFile(this.file, 1))?.head ?? this.#head;
    this.#output = new AuditFile(this.file, tail === undefined, this.#disk);
    this.#write(formatLine(this.#head, 'header', this.#header));
    if (torn) this.#write(formatLine(this.#head, 'repair', encodeJson(torn)));
    this.#hasRecords = tail?.head !== undefined;
  }

  #write({ bytes, head }: FormattedLine): void {
    this.#current().append(bytes);
    this.#head = head;
  }

  #rotate(): void {
    const full = this.#current();
    full.check();
    this.#output = undefined;
    full.close();
    rotateLog(this.file, this.#keep);
    this.#output = new AuditFile(this.file, true, this.#disk);
    this.#write(formatLine(this.#head, 'header', this.#header));
    this.#hasRecords = false;
  }

  #current(): AuditFile {
    if (!this.#output) throw new VLAError('AUDIT_FAILED', `${this.file}: the audit log is closed`);
    return this.#output;
  }

  #release(): void {
    try {
      this.#output?.close();
    } catch {
      // What was written is checked at each write; to close adds nothing.
    }
    this.#output = undefined;
    this.#unlock();
  }
}
