import { VLAError } from '../errors.js';

/** The error for a call whose signal has fired: the reason itself when it is already one of ours. */
export function abortError(signal: AbortSignal): VLAError {
  const { reason } = signal;
  if (reason instanceof VLAError) return reason;
  return new VLAError('ABORTED', 'the call was cancelled through its AbortSignal', { cause: reason });
}
