import { ActionChunk } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';

/**
 * Checks what an executor is asked to run.
 *
 * @param execute waypoints of the chunk to run, undefined = its executor's own number
 * @param busy whether an earlier call is still running
 * @throws VLAError INVALID_ARGUMENT
 */
export function checkExecuteArguments(
  chunk: ActionChunk,
  instruction: string,
  execute: number | undefined,
  busy: boolean,
): void {
  if (!(chunk instanceof ActionChunk))
    throw new VLAError('INVALID_ARGUMENT', `execute expects an ActionChunk, got ${typeof chunk}`);
  if (typeof instruction !== 'string')
    throw new VLAError('INVALID_ARGUMENT', `the instruction must be a string, got ${typeof instruction}`);
  checkExecuteCount(execute);
  if (busy)
    throw new VLAError('INVALID_ARGUMENT', 'execute was called while an earlier chunk is still running', {
      hint: 'Await each execute before the next, or cancel it through its signal.',
    });
}

/** @throws VLAError INVALID_ARGUMENT unless the number is a whole one, 1 or more, or undefined */
export function checkExecuteCount(execute: number | undefined): void {
  if (execute !== undefined && !(Number.isInteger(execute) && execute >= 1))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `execute must be a whole number of waypoints, 1 or more, got ${execute}`,
    );
}
