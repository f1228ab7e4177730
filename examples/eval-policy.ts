/**
 * Measures a policy over many scenes that training never saw: `npm run eval-policy -- --help` lists the options.
 * The scenes are shared out to one child process per core.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JetsonVLAEngine, VLAError } from 'jetson-vla';
import { DEFAULT_POLICY, oneOf, UsageError, wholeNumber } from './sim/command-line.js';
import { CONDITION_NAMES, CONDITIONS, type ConditionName, meetsGoal } from './sim/conditions.js';
import { runEpisode } from './sim/episode.js';
import { describeGuards, type GuardCounts, sumGuards } from './sim/guard-counts.js';
import { latencyStatistics } from './sim/latency.js';
import { createScene, LAST_EVALUATION_SEED } from './sim/scene.js';
import { runShards, type Shard, serveShard } from './sim/shards.js';
import { SimStage } from './sim/stage.js';

const HELP = `Measures how well a policy does, over scenes that training never saw.

  npm run eval-policy -- [options]

  --scenes N           scenes per condition (default 1000)
  --seed S             seed of the first scene (default 0)
  --conditions A,B     some of: ${CONDITION_NAMES.join(', ')} (default all)
  --policy DIR         policy bundle (default examples/policies/pick)
  --precision P        which model of the bundle (default the first; ${'`'}quantised${'`'} names its own)
  --jobs N             processes (default one per core)
  --json               print one JSON object and nothing else
  --help

Exits with 1 when a goal is missed.
`;

interface Options {
  readonly scenes: number;
  readonly seed: number;
  readonly conditions: readonly ConditionName[];
  readonly policy: string;
  readonly precision: string | undefined;
  readonly jobs: number;
  readonly json: boolean;
}

/** What one episode adds to the count; sent from the children. */
interface Tally {
  readonly condition: ConditionName;
  readonly seed: number;
  readonly success: boolean;
  readonly pickedSomething: boolean;
  readonly reason: string;
  readonly guards: GuardCounts;
  readonly inferenceMs: readonly number[];
}

async function evaluateShard(
  { task: options, shard }: Shard<Options>,
  report: (tally: Tally) => void,
): Promise<void> {
  using stage = new SimStage();
  for (const name of options.conditions) {
    const condition = CONDITIONS[name];
    const precision = condition.precision ?? options.precision;
    // One thread each: the processes already share the cores between them.
    const load = { threads: 1, ...(precision === undefined ? {} : { precision }) };
    await using engine = await JetsonVLAEngine.load(options.policy, load);
    for (let index = shard; index < options.scenes; index += options.jobs) {
      const { scene, task } = condition.prepare(createScene(options.seed + index));
      const outcome = await runEpisode(stage, engine, scene, task);
      report({
        condition: name,
        seed: scene.seed,
        success: outcome.success,
        pickedSomething: outcome.picked !== null,
        reason: outcome.reason,
        guards: outcome.guards,
        inferenceMs: outcome.inferenceMs,
      });
    }
  }
}

function summarise(name: ConditionName, tallies: readonly Tally[]) {
  const condition = CONDITIONS[name];
  const of = tallies.filter((tally) => tally.condition === name);
  const count = (test: (tally: Tally) => boolean) => of.filter(test).length;
  const rate = (hits: number) => (of.length === 0 ? null : hits / of.length);
  const reasons: Record<string, number> = {};
  for (const { reason } of of) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const successRate = rate(count((tally) => tally.success));
  const pickedRate = rate(count((tally) => tally.pickedSomething));
  return {
    condition: name,
    episodes: of.length,
    successRate,
    pickedRate,
    goal: condition.goal,
    met: meetsGoal(condition.goal, successRate ?? 0, pickedRate ?? 1),
    reasons,
    failedSeeds: of
      .filter((tally) => ('minSuccess' in condition.goal ? !tally.success : tally.pickedSomething))
      .map((tally) => tally.seed)
      .slice(0, 20),
    guards: sumGuards(of.map((tally) => tally.guards)),
    inferenceMs: latencyStatistics(of.flatMap((tally) => tally.inferenceMs)),
  };
}

async function main(options: Options): Promise<void> {
  const began = performance.now();
  const tallies: Tally[] = [];
  const total = options.scenes * options.conditions.length;
  const progress = (text: string) => {
    if (!options.json) process.stdout.write(text);
  };
  await runShards(fileURLToPath(import.meta.url), options.jobs, options, (tally: Tally) => {
    tallies.push(tally);
    if (tallies.length % 100 === 0) progress(`${tallies.length}/${total} episodes\n`);
  });
  // A rate over fewer episodes than were asked for would pass for a measurement.
  if (tallies.length !== total)
    throw new Error(`expected ${total} episodes, ${tallies.length} were reported`);
  const results = options.conditions.map((name) => summarise(name, tallies));
  const durationS = Math.round((performance.now() - began) / 1000);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ scenes: options.scenes, seed: options.seed, durationS, results })}\n`,
    );
  else {
    const percent = (rate: number | null) => `${((rate ?? 0) * 100).toFixed(1)} %`.padStart(8);
    for (const { condition, goal, successRate, pickedRate, met, reasons, episodes, guards } of results) {
      const figure = 'minSuccess' in goal ? percent(successRate) : percent(pickedRate);
      const bound =
        'minSuccess' in goal ? `success ≥ ${goal.minSuccess * 100} %` : `picks ≤ ${goal.maxPicks * 100} %`;
      progress(
        `${condition.padEnd(12)}${figure}  (${bound}) ${met ? 'met' : 'MISSED'}  ${JSON.stringify(reasons)}\n`,
      );
      progress(`            ${describeGuards(guards, episodes)}\n`);
    }
    progress(`${durationS} s\n`);
  }
  if (results.some((result) => !result.met)) process.exitCode = 1;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      scenes: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '0' },
      conditions: { type: 'string', default: CONDITION_NAMES.join(',') },
      policy: { type: 'string', default: fileURLToPath(DEFAULT_POLICY) },
      precision: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    scenes: wholeNumber('scenes', values.scenes, 1, 1_000_000),
    seed: wholeNumber('seed', values.seed, 0, LAST_EVALUATION_SEED - 1_000_000),
    conditions: values.conditions.split(',').map((name) => oneOf('conditions', name, CONDITION_NAMES)),
    policy: values.policy,
    precision: values.precision,
    jobs: wholeNumber('jobs', values.jobs, 1, 64),
    json: values.json,
  };
}

if (process.send) serveShard(evaluateShard);
else {
  try {
    const options = readOptions();
    if (options === 'help') process.stdout.write(HELP);
    else await main(options);
  } catch (error) {
    if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
      process.stderr.write(`${error.message}\n\n${HELP}`);
      process.exitCode = 2;
    } else {
      process.stderr.write(`${error instanceof VLAError ? error : (error as Error).message}\n`);
      process.exitCode = 1;
    }
  }
}
