import { VLAError } from '../../errors.js';

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or give the log a file on another disk; then dispose the log and open it again.',
  EDQUOT: 'The disk quota is used up. Free some space; then dispose the log and open it again.',
  EROFS: 'The file system is read-only, often after a disk error. Give the log a file on another one.',
  EACCES: 'Give the log a file that this user may write.',
  EPERM: 'Give the log a file that this user may write.',
  EIO: 'The disk reports an error. Give the log a file on another one.',
};

/** The code of a system error, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** AUDIT_FAILED for a system error; a VLAError stays what it is. */
export function auditFailure(file: string, error: unknown): VLAError {
  if (error instanceof VLAError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new VLAError('AUDIT_FAILED', `${file}: ${message}`, {
    hint:
      HINTS[errorCode(error) ?? ''] ?? 'Nothing may move without a log. Dispose the log and open it again.',
    cause: error,
  });
}
