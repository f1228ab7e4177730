import { VLAError, type VLAErrorCode } from '../errors.js';
import { abortable } from './abortable.js';

/**
 * Runs one command of the robot.
 *
 * @throws VLAError ROBOT_FAILED with the robot's own error as cause, or ABORTED when the signal fires
 */
export function robotCommand<T>(
  doing: string,
  command: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const named = async () => {
    try {
      return await command();
    } catch (error) {
      throw failure('ROBOT_FAILED', doing, error);
    }
  };
  return abortable(named, signal);
}

/**
 * Calls a function that the executor was given.
 *
 * @throws VLAError its own VLAError as it is, CALLBACK_FAILED for any other, or ABORTED when the signal fires
 */
export async function callback<T>(
  doing: string,
  call: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await abortable(call, signal);
  } catch (error) {
    throw asVLAError(doing, error);
  }
}

/** A VLAError as it is; anything else wrapped as CALLBACK_FAILED. */
export function asVLAError(doing: string, error: unknown): VLAError {
  return error instanceof VLAError ? error : failure('CALLBACK_FAILED', doing, error);
}

function failure(code: VLAErrorCode, doing: string, cause: unknown): VLAError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new VLAError(code, `${doing} failed: ${text}`, { cause });
}
