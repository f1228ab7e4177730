import type { ActionChunk } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';

export interface AgeLimits {
  /** Largest age of the observation behind a chunk, milliseconds. */
  readonly maxAgeMs: number;
  /** How far its stamp may lie in the future, milliseconds. */
  readonly maxFutureMs: number;
}

/**
 * Refuses a chunk that was computed from an observation too old, or stamped in the future.
 *
 * @param now milliseconds on the clock of `chunk.capturedAt`
 * @throws VLAError CHUNK_STALE
 */
export function checkAge(chunk: ActionChunk, now: number, { maxAgeMs, maxFutureMs }: AgeLimits): void {
  const age = now - chunk.capturedAt;
  if (age < -maxFutureMs)
    throw new VLAError(
      'CHUNK_STALE',
      `chunk ${chunk.sequence} was captured ${-age} ms in the future, ${maxFutureMs} ms are allowed`,
      { hint: "Stamp frames on the robot's own clock (robot.clock.now())." },
    );
  // Negated, so that a clock that returns NaN lets nothing through.
  if (!(age <= maxAgeMs))
    throw new VLAError(
      'CHUNK_STALE',
      `the observation behind chunk ${chunk.sequence} is ${age} ms old, ${maxAgeMs} ms are allowed`,
      { hint: 'Capture a new frame and infer again; if this repeats, inference is too slow for the limit.' },
    );
}

/**
 * Refuses a chunk that does not come after the last one: a duplicate, or one that was overtaken.
 *
 * @param last the sequence number of the last chunk that was let through, −Infinity before the first
 * @throws VLAError CHUNK_STALE
 */
export function checkSequence(chunk: ActionChunk, last: number): void {
  if (!(chunk.sequence > last))
    throw new VLAError('CHUNK_STALE', `chunk ${chunk.sequence} came after chunk ${last}`, {
      hint: 'Run each chunk once and in order. Another engine counts anew: give it an executor of its own.',
    });
}
