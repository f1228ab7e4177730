import { medianRatio, type Round } from './median-ratio.js';
import type { Comparison } from './report.js';

const WHAT = { infer: 'The model', total: 'The whole way' };

/** What the rounds of two policies say about one stage; an honest sentence when that is nothing. */
export function comparison(
  stage: Comparison['stage'],
  [ours, theirs]: readonly [name: string, name: string],
  rounds: readonly Round[],
): Comparison {
  const medians = medianRatio(rounds);
  if (medians === undefined)
    return {
      stage,
      medians,
      verdict: `${WHAT[stage]}: too few rounds to compare them; a longer --duration helps.`,
    };
  const { ratio, low, high } = medians;
  const interval = `95 % interval ${low.toFixed(3)} … ${high.toFixed(3)}`;
  if (low <= 1 && high >= 1)
    return {
      stage,
      medians,
      verdict: `${WHAT[stage]}: this run cannot tell ${ours} and ${theirs} apart (ratio of medians ${ratio.toFixed(3)}, ${interval}, which contains 1).`,
    };
  const [faster, slower, times] = ratio < 1 ? [ours, theirs, 1 / ratio] : [theirs, ours, ratio];
  return {
    stage,
    medians,
    verdict: `${WHAT[stage]}: ${faster} is ${times.toFixed(2)} times as fast as ${slower} (ratio of medians ${ratio.toFixed(3)}, ${interval}).`,
  };
}
