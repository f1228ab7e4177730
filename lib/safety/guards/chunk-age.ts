import type { ChunkIdentity, SafetyMemory } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { measures } from './measures.js';

/**
 * Refuses a chunk that is no longer about the present.
 *
 * Kinds, all reject: `chunk-stale` its observation is too old (ms); `out-of-order` it does not come after the last
 * chunk that was let through: a duplicate, or one that was overtaken (sequence numbers); `before-reset` it was not
 * observed after the last reset (ms). Times and numbers that are NaN never pass. A stamp in the future is what
 * {@link checkObservation} looks for.
 *
 * @param nowMs milliseconds on the clock of `capturedAt`
 */
export function checkChunkAge(
  nowMs: number,
  { sequence, capturedAt }: Pick<ChunkIdentity, 'sequence' | 'capturedAt'>,
  last: Pick<SafetyMemory, 'sequence' | 'resetAtMs'>,
  { maxChunkAgeMs }: Pick<SafetyConfig, 'maxChunkAgeMs'>,
): readonly SafetyReason[] {
  const reasons: SafetyReason[] = [];
  const reject = (kind: string, message: string, value: number, limit: number) =>
    reasons.push({ guard: 'chunk-age', outcome: 'reject', kind, message, ...measures(value, limit) });

  const age = nowMs - capturedAt;
  // Negated, here and below, so that NaN lets nothing through.
  if (!(age <= maxChunkAgeMs))
    reject(
      'chunk-stale',
      `the observation behind chunk ${sequence} is ${age} ms old, ${maxChunkAgeMs} ms are allowed`,
      age,
      maxChunkAgeMs,
    );
  if (!Number.isFinite(sequence) || (last.sequence !== null && !(sequence > last.sequence)))
    reject(
      'out-of-order',
      `chunk ${sequence} came after chunk ${last.sequence}, expected a later one: each chunk once, in order, from one engine`,
      sequence,
      last.sequence ?? Number.NaN,
    );
  if (last.resetAtMs !== null && !(capturedAt > last.resetAtMs))
    reject(
      'before-reset',
      `chunk ${sequence} was observed at ${capturedAt} ms, expected an observation after the reset at ${last.resetAtMs} ms`,
      capturedAt,
      last.resetAtMs,
    );
  return reasons;
}
