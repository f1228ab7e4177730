import { median } from './distribution.js';

/** As many latencies are looked at together, so that one that is late by chance decides nothing. */
const WINDOW = 5;
/** How far above the steady median a latency may lie. */
const WITHIN = 0.1;

/**
 * How many inferences a policy needs until it is warm: from there on the median of five in a row is at most 10 % above
 * the steady one for the first time.
 *
 * @param curve latencies from the first inference on, ms
 * @param steadyMs the median latency later on
 * @returns undefined when it never gets there within the curve
 */
export function settledAfter(curve: readonly number[], steadyMs: number): number | undefined {
  const limit = steadyMs * (1 + WITHIN);
  for (let start = 0; start + WINDOW <= curve.length; start++)
    if ((curve[start] ?? 0) <= limit && median(curve.slice(start, start + WINDOW)) <= limit) return start;
  return undefined;
}
