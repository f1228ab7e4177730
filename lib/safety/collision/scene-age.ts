import type { SafetyReason } from '../verdict.js';

export interface SceneAgeOptions {
  /** Oldest that the obstacles' positions may be, ms. Default 500. */
  readonly maxAgeMs?: number;
  /** How far ahead of the clock their stamp may be, ms. Default 50. */
  readonly maxFutureMs?: number;
}

/**
 * Whether the positions of the obstacles are fresh enough to judge by.
 *
 * @param stampMs what the checker's `sceneStamp` gave, ms on the robot's clock; undefined when nothing moves
 * @param nowMs the robot's clock
 * @returns undefined when they are; else a reason of guard `checker-health`, outcome reject, kind `scene-stale`,
 *   `scene-from-future` or `scene-stamp-invalid` (value: age, ms; limit: ms)
 */
export function judgeSceneAge(
  stampMs: number | undefined,
  nowMs: number,
  { maxAgeMs = 500, maxFutureMs = 50 }: SceneAgeOptions = {},
): SafetyReason | undefined {
  if (stampMs === undefined) return undefined;
  const health = { guard: 'checker-health', outcome: 'reject' } as const;
  const age = nowMs - stampMs;
  if (!Number.isFinite(age))
    return {
      ...health,
      kind: 'scene-stamp-invalid',
      message: `expected the scene's stamp in ms, got ${stampMs} at ${nowMs} ms`,
    };
  if (age > maxAgeMs)
    return {
      ...health,
      kind: 'scene-stale',
      message: `the positions of the obstacles are ${age.toFixed(0)} ms old, at most ${maxAgeMs} ms are allowed`,
      value: age,
      limit: maxAgeMs,
    };
  if (-age > maxFutureMs)
    return {
      ...health,
      kind: 'scene-from-future',
      message: `the positions of the obstacles are stamped ${(-age).toFixed(0)} ms ahead of the robot's clock`,
      value: age,
      limit: -maxFutureMs,
    };
  return undefined;
}
