import { type Listeners, runScenario } from './run-scenario.js';
import { CHUNKS_PER_SCENARIO, scenarioAt } from './scenario.js';
import { addShare, emptyShare, type Share, type ShareRequest } from './share.js';

/** Scenarios between two reports of progress. */
const REPORT_EVERY = 50;
/** Escapes are kept up to here: by then it is clear that something is wrong. */
const MOST_ESCAPES = 200;

/** Runs a share of the scenarios of a seed in this process. */
export async function runShare(
  { seed, first, step, count, chunks }: ShareRequest,
  onProgress: (soFar: Share) => void = () => {},
  listeners: Listeners = {},
): Promise<Share> {
  let total = emptyShare();
  for (let scenario = first, rounds = 1; scenario < count; scenario += step, rounds++) {
    const whole = scenarioAt(seed, scenario);
    const events = whole.events.slice(0, Math.max(0, chunks - scenario * CHUNKS_PER_SCENARIO));
    const { outcomes, commands, reasons, escapes } = await runScenario({ ...whole, events }, listeners);
    total = addShare(total, {
      outcomes,
      commands,
      reasons: Object.fromEntries(reasons),
      escapes: escapes.map((found) => ({ scenario, ...found })),
    });
    if (rounds % REPORT_EVERY === 0) onProgress(total);
    if (total.escapes.length >= MOST_ESCAPES) break;
  }
  return total;
}
