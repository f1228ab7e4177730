import { AuditLog } from './audit-log.js';
import type { AuditSink } from './audit-sink.js';
import { defaultAuditFile } from './default-audit-file.js';
import { pruneAuditFiles } from './prune-audit-files.js';

/** Logs of earlier runs that are kept in the default directory. */
const KEPT_RUNS = 64;

/**
 * Where an executor records its decisions: a file that it opens and closes itself, a sink that belongs to its user,
 * or nowhere.
 */
export class AuditTrail implements Disposable {
  readonly #file: string | undefined;
  readonly #header: unknown;
  #own: AuditLog | undefined;
  readonly #sink: AuditSink | undefined;

  /**
   * @param target a file, a sink, false for nowhere, undefined for a new file in the default directory
   * @param header what decisions are judged by
   * @throws VLAError AUDIT_FAILED, AUDIT_INVALID or INVALID_ARGUMENT when the file cannot be opened
   */
  constructor(target: string | AuditSink | false | undefined, header: unknown) {
    this.#header = header;
    if (target === undefined) {
      this.#file = defaultAuditFile();
      pruneAuditFiles(this.#file, KEPT_RUNS);
    } else if (typeof target === 'string') this.#file = target;
    else if (target !== false) this.#sink = target;
    this.#open();
  }

  /** The file that is written, when it is the trail's own. */
  get file(): string | undefined {
    return this.#own?.file;
  }

  /**
   * What was not recorded must not be done.
   *
   * @param sync return only when it is on the disk
   * @returns why the record was not taken; undefined when it was
   */
  append(kind: string, data: unknown, sync = false): Error | undefined {
    try {
      (this.#own ?? this.#sink)?.append({ kind, data }, { sync });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /**
   * Opens a file of its own anew after a failure: a log that has failed stays so.
   *
   * @throws VLAError AUDIT_FAILED, AUDIT_INVALID when that fails as well
   */
  reopen(): void {
    this.#own?.dispose();
    this.#open();
  }

  dispose(): void {
    this.#own?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #open(): void {
    if (this.#file !== undefined) this.#own = AuditLog.open(this.#file, { header: this.#header });
  }
}
