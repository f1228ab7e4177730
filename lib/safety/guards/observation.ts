import type { SafetyMemory } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { measures } from './measures.js';

/** Times of one observation, milliseconds on the robot's clock. */
export interface ObservationTimes {
  readonly nowMs: number;
  /** When the image was taken. */
  readonly capturedAt: number;
  /** How long the inference on the image took, milliseconds. */
  readonly inferenceMs: number;
  /** When the joints were measured. */
  readonly jointStamp: number;
}

/**
 * Refuses what a camera or a joint sensor that has stopped, lags or runs on another clock delivers.
 *
 * Kinds, all reject, values in ms: `future-stamp` the image comes from the future; `repeated-stamp` it is not newer
 * than the last one that was let through; `image-stale` it waited too long beside its inference; `joints-stale`,
 * `joints-future` the same for the measured joints. Times that are not finite never pass.
 *
 * @param last capture time of the last observation that was let through, null before the first
 */
export function checkObservation(
  { nowMs, capturedAt, inferenceMs, jointStamp }: ObservationTimes,
  last: Pick<SafetyMemory, 'capturedAt'>,
  {
    maxFutureMs,
    maxImageAgeMs,
    maxJointAgeMs,
  }: Pick<SafetyConfig, 'maxFutureMs' | 'maxImageAgeMs' | 'maxJointAgeMs'>,
): readonly SafetyReason[] {
  const reasons: SafetyReason[] = [];
  const reject = (kind: string, message: string, value: number, limit: number) =>
    reasons.push({ guard: 'observation', outcome: 'reject', kind, message, ...measures(value, limit) });

  const age = nowMs - capturedAt;
  // An inference that took endlessly long must not make every image young.
  const idle = inferenceMs < Number.POSITIVE_INFINITY ? age - inferenceMs : Number.NaN;
  if (age < -maxFutureMs)
    reject(
      'future-stamp',
      `the image was captured ${-age} ms in the future, ${maxFutureMs} ms are allowed`,
      -age,
      maxFutureMs,
    );
  // Negated, so that a NaN from a clock or a camera lets nothing through.
  else if (!(idle <= maxImageAgeMs))
    reject(
      'image-stale',
      `the image is ${age} ms old and ${inferenceMs} ms of that were inference, beside which ${maxImageAgeMs} ms are allowed`,
      idle,
      maxImageAgeMs,
    );
  if (last.capturedAt !== null && !(capturedAt > last.capturedAt))
    reject(
      'repeated-stamp',
      `the image was captured at ${capturedAt} ms, expected a newer one than the last, of ${last.capturedAt} ms`,
      capturedAt,
      last.capturedAt,
    );

  return [...reasons, ...checkJointAge(nowMs, jointStamp, { maxFutureMs, maxJointAgeMs })];
}

/**
 * Kinds `joints-stale` and `joints-future` of {@link checkObservation}.
 *
 * @param jointStamp when the joints were measured: milliseconds on the robot's clock, as `nowMs`
 */
export function checkJointAge(
  nowMs: number,
  jointStamp: number,
  { maxFutureMs, maxJointAgeMs }: Pick<SafetyConfig, 'maxFutureMs' | 'maxJointAgeMs'>,
): readonly SafetyReason[] {
  const age = nowMs - jointStamp;
  const reject = (kind: string, message: string, value: number, limit: number): readonly SafetyReason[] => [
    { guard: 'observation', outcome: 'reject', kind, message, ...measures(value, limit) },
  ];
  if (age < -maxFutureMs)
    return reject(
      'joints-future',
      `the joints were measured ${-age} ms in the future, ${maxFutureMs} ms are allowed`,
      -age,
      maxFutureMs,
    );
  // Negated, so that NaN passes nowhere.
  if (!(age <= maxJointAgeMs))
    return reject(
      'joints-stale',
      `the measured joint state is ${age} ms old, ${maxJointAgeMs} ms are allowed`,
      age,
      maxJointAgeMs,
    );
  return [];
}
