import { VLAError } from '../errors.js';

/** The error of a call whose signal has fired. */
export function abortedError(signal: AbortSignal): VLAError {
  return new VLAError('ABORTED', 'the execution was cancelled through its AbortSignal', {
    cause: signal.reason,
  });
}

/**
 * The result of `work`, unless the signal fires first: then rejects with VLAError ABORTED at once, whether or not
 * the work itself listens to the signal. A late result or error of the work is dropped.
 */
export async function abortable<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work();
  if (signal.aborted) throw abortedError(signal);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortedError(signal));
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await Promise.race([aborted, work()]);
    if (signal.aborted) throw abortedError(signal);
    return result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
