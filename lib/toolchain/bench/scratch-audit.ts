import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atExit } from '../../native/at-exit.js';
import { AuditLog } from '../../safety/audit/audit-log.js';

/** A bench makes thousands of decisions a second; nobody reads them. */
const MAX_BYTES = 8 * 1024 * 1024;

/** An audit log in a directory of its own, which goes with it, and at an exit of the process. */
export async function scratchAudit(): Promise<{ readonly log: AuditLog } & Disposable> {
  const directory = await mkdtemp(path.join(tmpdir(), `jetson-vla-bench-${process.pid}-`));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const forget = atExit(remove);
  const log = AuditLog.open(path.join(directory, 'audit.jsonl'), {
    header: {},
    maxBytes: MAX_BYTES,
    keep: 1,
  });
  return {
    log,
    [Symbol.dispose]() {
      log.dispose();
      remove();
      forget();
    },
  };
}
