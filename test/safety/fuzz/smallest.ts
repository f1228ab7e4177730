import { runScenario } from './run-scenario.js';
import type { EventGene, Scenario } from './scenario.js';

/** Events after which the robot simply waits: what is tried in place of each. */
const CALM: Partial<EventGene> = { incident: 'none', ticks: 0 };

/** A scenario that still escapes, with as few events, ticks and incidents as simple cuts leave. */
export async function smallest(scenario: Scenario, chunk: number): Promise<Scenario> {
  const escapes = async (events: readonly EventGene[]) =>
    (await runScenario({ ...scenario, events })).escapes.length > 0;
  let events = scenario.events.slice(0, chunk + 1);
  if (!(await escapes(events))) return scenario;
  for (let index = events.length - 1; index >= 0; index--) {
    const fewer = events.toSpliced(index, 1);
    if (await escapes(fewer)) events = fewer;
  }
  for (const [index, event] of events.entries())
    for (const calmer of [
      { ...event, ...CALM },
      { ...event, ...CALM, ticks: event.ticks },
    ]) {
      const simpler = events.with(index, calmer);
      if (!(await escapes(simpler))) continue;
      events = simpler;
      break;
    }
  return { ...scenario, events };
}
