import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { VLAError } from '../../errors.js';

/** What a log asks of the disk; a test puts one in its place that fails. */
export interface AuditDisk {
  /** Writes from `offset` on, at the end of the file. Returns how many bytes were taken, which may be fewer than given. */
  write(fd: number, bytes: Uint8Array, offset: number): number;
  truncate(fd: number, size: number): void;
  sync(fd: number): void;
}

export const REAL_DISK: AuditDisk = {
  write: (fd, bytes, offset) => writeSync(fd, bytes, offset),
  truncate: ftruncateSync,
  sync: fdatasyncSync,
};

/** A file that grows by whole lines. Its methods throw system errors, or VLAError AUDIT_FAILED. */
export class AuditFile {
  readonly #path: string;
  readonly #disk: AuditDisk;
  readonly #fd: number;
  readonly #identity: string;
  #size: number;
  #isListed: boolean;

  /** @param isNew makes the file, mode 0600, and fails if there is one; else opens one that is there */
  constructor(file: string, isNew: boolean, disk: AuditDisk) {
    this.#path = file;
    this.#disk = disk;
    this.#fd = openSync(file, isNew ? 'ax' : 'a', 0o600);
    try {
      const { dev, ino, size } = fstatSync(this.#fd);
      this.#identity = `${dev}:${ino}`;
      this.#size = size;
      this.#isListed = !isNew;
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /** Writes all of the bytes, or none as far as the disk lets it. */
  append(bytes: Uint8Array): void {
    this.check();
    try {
      let done = 0;
      while (done < bytes.length) {
        const taken = this.#disk.write(this.#fd, bytes, done);
        if (!(taken > 0)) throw new VLAError('AUDIT_FAILED', `${this.#path}: the disk takes no more bytes`);
        done += taken;
      }
    } catch (error) {
      this.truncate(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Waits until all that was written is on the disk, and the name of a new file with it. */
  sync(): void {
    this.#disk.sync(this.#fd);
    if (this.#isListed) return;
    const directory = openSync(path.dirname(this.#path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
    this.#isListed = true;
  }

  /** @throws VLAError AUDIT_FAILED when the file was deleted, replaced, moved or written by someone else */
  check(): void {
    const found = statSync(this.#path, { throwIfNoEntry: false });
    const problem =
      found === undefined || `${found.dev}:${found.ino}` !== this.#identity
        ? 'the log was deleted, moved or replaced while it was open'
        : found.size !== this.#size
          ? `somebody else changed the log while it was open: expected ${this.#size} bytes, got ${found.size}`
          : undefined;
    if (problem !== undefined)
      throw new VLAError('AUDIT_FAILED', `${this.#path}: ${problem}`, {
        hint: 'Leave the rotation of the log to its own option maxBytes, and open it again.',
      });
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A torn line that cannot be taken back is moved aside when the log is opened again. */
  truncate(size: number): void {
    try {
      this.#disk.truncate(this.#fd, size);
    } catch {
      return;
    }
  }
}
