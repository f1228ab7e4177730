import { VLA_ERROR_CODES, VLAError, type VLAErrorCode } from '../errors.js';

/**
 * The VLAError for what native code has thrown, with the JavaScript stack that native errors of another thread lack.
 * What is no error of ours comes back as it is.
 */
export function nativeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown) || !isCode(thrown.code)) return thrown;
  const hint = 'hint' in thrown && typeof thrown.hint === 'string' ? { hint: thrown.hint } : {};
  return new VLAError(thrown.code, thrown.message, { ...hint, cause: thrown });
}

function isCode(code: unknown): code is VLAErrorCode {
  return typeof code === 'string' && code in VLA_ERROR_CODES;
}
