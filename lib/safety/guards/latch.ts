import { VLAError } from '../../errors.js';
import type { SafetyReason } from '../verdict.js';

/** Plain data. */
export interface LatchState {
  /** Why and when (milliseconds on the robot's clock) the robot was stopped; null while it may move. */
  readonly latched: { readonly reason: SafetyReason; readonly atMs: number } | null;
  /** When the last reset was; only observations after it count. null before the first. */
  readonly resetAtMs: number | null;
}

export const UNLATCHED: LatchState = { latched: null, resetAtMs: null };

/** Latches. The first reason stays: what follows a stop is mostly its consequence. */
export function tripLatch(state: LatchState, reason: SafetyReason, atMs: number): LatchState {
  return state.latched === null ? { ...state, latched: { reason, atMs } } : state;
}

/** Refuses everything while latched. One kind, reject: `latched`; the robot was stopped when the latch tripped. */
export function checkLatch({ latched }: LatchState): readonly SafetyReason[] {
  if (latched === null) return [];
  const message = `latched since ${latched.atMs} ms until reset() is called: ${latched.reason.message}`;
  return [{ guard: 'latch', outcome: 'reject', kind: 'latched', message }];
}

/**
 * Unlatches. From then on chunks need an observation later than `nowMs` (see {@link checkChunkAge}). A latch that is
 * not tripped stays as it is.
 *
 * @param causes what would trip the latch at this moment
 * @throws VLAError SAFETY_LATCHED while one of them stands; INVALID_ARGUMENT for a time that is not finite, after which
 *   no observation could be called newer
 */
export function resetLatch(state: LatchState, nowMs: number, causes: readonly SafetyReason[]): LatchState {
  if (state.latched === null) return state;
  const [cause, ...others] = causes;
  if (cause !== undefined)
    throw new VLAError(
      'SAFETY_LATCHED',
      `reset is refused while its cause stands: ${cause.message}${others.length > 0 ? `, and ${others.length} more` : ''}`,
      { hint: 'Remove the cause, then call reset() again.' },
    );
  if (!Number.isFinite(nowMs))
    throw new VLAError('INVALID_ARGUMENT', `a reset needs the robot's time in finite ms, got ${nowMs}`);
  return { latched: null, resetAtMs: nowMs };
}
