import { describe, expect, it } from 'vitest';
import { decodeJson, encodeJson, type JsonValue } from '../../lib/safety/audit/audit-json.js';
import type { ChunkInput, Verdict } from '../../lib/safety/decision.js';
import { judgeChunk } from '../../lib/safety/guard-pipeline.js';
import { recordedModels } from '../../lib/safety/recorded-models.js';
import { replayDecision } from '../../lib/safety/replay-decision.js';
import { safetyConfig } from '../../lib/safety/safety-config.js';
import type { SafetyConfig } from '../../lib/safety/safety-options.js';
import { ManualClock } from './fuzz/fuzz-robot.js';
import { FuzzWorld } from './fuzz/fuzz-world.js';
import { executorOptions, jointLimits, type RecordedDecision, runScenario } from './fuzz/run-scenario.js';
import { type Scenario, scenarioAt } from './fuzz/scenario.js';

/** Printed by every failure: `npm run fuzz:safety -- --seed S --case I` runs the same case. */
const SEED = Math.floor(Math.random() * 2 ** 31);
const ESCAPE_SCENARIOS = 120;
const LAW_SCENARIOS = 50;

interface Judged {
  readonly input: ChunkInput;
  readonly answers: JsonValue;
  readonly output: Verdict;
}

/** What the executor of a scenario judges by. */
function configOf(scenario: Scenario): SafetyConfig {
  const names = jointLimits(scenario.joints).map(({ name }) => name);
  const world =
    scenario.world === null
      ? undefined
      : new FuzzWorld(scenario.world, names.length, new ManualClock(), () => {});
  return safetyConfig({ ...executorOptions(scenario), ...world?.options }, names);
}

async function records(scenario: Scenario): Promise<RecordedDecision[]> {
  const all: RecordedDecision[] = [];
  await runScenario(scenario, { onRecord: (record) => all.push(record) });
  return all.filter(({ kind }) => kind === 'decision');
}

/** The decisions on chunks, as plain data that a reader of the log would get. */
async function chunkDecisions(scenario: Scenario): Promise<Judged[]> {
  const judged = (await records(scenario)).map(({ data }) => data as Judged);
  return judged.filter(({ input }) => input.type === 'chunk');
}

const judge = (config: SafetyConfig, input: ChunkInput) =>
  judgeChunk(config, input, recordedModels(undefined, undefined, config).models);

async function forScenarios(count: number, check: (scenario: Scenario) => Promise<void>): Promise<void> {
  for (let index = 0; index < count; index++)
    try {
      await check(scenarioAt(SEED, index));
    } catch (error) {
      throw new Error(`seed ${SEED}, case ${index}`, { cause: error });
    }
}

/** Scenarios without a world: there the verdict depends on nothing but its input. */
const free = (scenario: Scenario) => scenario.world === null;

describe('thousands of random and adversarial chunks', () => {
  it('never make the executor send anything that the oracle objects to', async () => {
    await forScenarios(ESCAPE_SCENARIOS, async (scenario) => {
      const { escapes } = await runScenario(scenario);
      expect(escapes).toEqual([]);
    });
  });

  it('are decided again from their records, bit for bit', async () => {
    let replayed = 0;
    await forScenarios(LAW_SCENARIOS, async (scenario) => {
      const config = decodeJson(encodeJson(configOf(scenario)));
      for (const { data } of await records(scenario)) {
        const text = encodeJson(data);
        const { input, answers, output } = decodeJson(text) as { [key in string]: JsonValue };
        const again = await replayDecision(config, input ?? null, answers ?? null);
        expect(encodeJson(again)).toBe(encodeJson(output));
        replayed++;
      }
    });
    expect(replayed).toBeGreaterThan(LAW_SCENARIOS);
  });

  it('end at rest, leg by leg, at what they say', async () => {
    await forScenarios(LAW_SCENARIOS, async (scenario) => {
      for (const { output } of await chunkDecisions(scenario))
        for (const { points, progress } of output.legs) {
          const last = points.at(-1);
          expect(
            [...(last?.velocities ?? []), ...(last?.accelerations ?? [])].every((value) => value === 0),
          ).toBe(true);
          expect(progress).toHaveLength(points.length);
        }
    });
  });
});

describe('a chunk that is safe', () => {
  it('comes out bit for bit, with its own times', async () => {
    let passed = 0;
    await forScenarios(LAW_SCENARIOS, async (scenario) => {
      for (const { input, output } of await chunkDecisions(scenario)) {
        if (output.outcome !== 'pass') continue;
        passed++;
        const sent = output.legs.flatMap(({ points }) => points.slice(1));
        const asked = input.waypoints.slice(output.firstWaypoint);
        expect(sent.map(({ positions }) => positions.map(String))).toEqual(
          asked.map(({ joints }) => joints.map(String)),
        );
        expect(output.timeScale).toBe(1);
        const step = input.chunk.secondsPerWaypoint;
        for (const { points } of output.legs.slice(1)) expect(points[1]?.timeS).toBe(step);
      }
    });
    expect(passed).toBeGreaterThan(0);
  });
});

describe('a chunk that was guarded', () => {
  it('is not changed again when it is judged again from the same state', async () => {
    let guarded = 0;
    await forScenarios(2 * LAW_SCENARIOS, async (scenario) => {
      if (!free(scenario)) return;
      const config = configOf(scenario);
      for (const { input, output } of await chunkDecisions(scenario)) {
        const [leg] = output.legs;
        // Several legs have several time scales, and one chunk has one time per waypoint: neither end is stretched.
        if (leg === undefined || output.legs.length > 1 || input.reference === null) continue;
        const still = input.reference.velocities.every((velocity) => velocity === 0);
        const times = leg.points.map(({ timeS }) => timeS);
        const [, firstS = 0] = times;
        const steps = times.slice(1).map((timeS, index) => timeS - (times[index] ?? 0));
        if (!still || steps.some((stepS) => Math.abs(stepS - firstS) > 1e-9 * firstS)) continue;
        const again = await judge(config, {
          ...input,
          chunk: { ...input.chunk, secondsPerWaypoint: firstS },
          waypoints: leg.points.slice(1).map(({ positions }) => ({ joints: positions, gripper: null })),
          progress: input.startProgress + 1,
        });
        guarded++;
        expect(again.outcome).toBe('pass');
        expect(again.legs[0]?.points.map(({ positions }) => positions)).toEqual(
          leg.points.map(({ positions }) => positions),
        );
        for (const [index, { timeS }] of (again.legs[0]?.points ?? []).entries())
          expect(timeS).toBeCloseTo(times[index] ?? Number.NaN, 9);
      }
    });
    expect(guarded).toBeGreaterThan(0);
  });
});
