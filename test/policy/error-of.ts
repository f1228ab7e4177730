import { VLAError } from '../../lib/errors.js';

/** The VLAError that `act` throws; anything else, or nothing, fails the test. */
export function errorOf(act: () => unknown): VLAError {
  try {
    act();
  } catch (error) {
    if (error instanceof VLAError) return error;
    throw error;
  }
  throw new Error('expected a VLAError, nothing was thrown');
}

/** The VLAError that a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<VLAError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof VLAError) return outcome;
  throw new Error(`expected a VLAError, got ${String(outcome)}`);
}
