/** One thing to remember. */
export interface AuditRecord {
  /** What it is, such as `decision`; the log itself writes `header`, `repair` and `end`. */
  readonly kind: string;
  /**
   * Plain JSON: null, booleans, any numbers, strings, plain arrays and plain objects of these. Properties that are
   * undefined are left out.
   */
  readonly data: unknown;
}

export interface AuditAppendOptions {
  /** Return only when the record is on the disk and not merely with the operating system. */
  readonly sync?: boolean;
}

/** Where records of decisions go. What cannot be recorded must not be done, so a failure is thrown, not logged. */
export interface AuditSink {
  /**
   * Hands the record to the operating system before it returns.
   *
   * @throws VLAError AUDIT_FAILED when it cannot, and from then on; INVALID_ARGUMENT for data that are not plain JSON
   */
  append(record: AuditRecord, options?: AuditAppendOptions): void;
}
