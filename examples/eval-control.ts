/**
 * Compares synchronous and asynchronous control over scenes that training never saw, with inferences that take a given
 * simulated time: `npm run eval-control -- --help` lists the options. The scenes are shared out to child processes.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JetsonVLAEngine, VLAError } from 'jetson-vla';
import { DEFAULT_POLICY, oneOf, UsageError, wholeNumber } from './sim/command-line.js';
import {
  CONTROL_MODES,
  type ControlEpisode,
  type ControlMode,
  runControlEpisode,
  TIME_LIMIT_S,
} from './sim/control-episode.js';
import { controlPlot } from './sim/control-plot.js';
import { type ControlCell, controlTable, summariseCell } from './sim/control-summary.js';
import { LAST_EVALUATION_SEED } from './sim/scene.js';
import { runShards, type Shard, serveShard } from './sim/shards.js';

const HELP = `Compares ways of control at several inference delays, over scenes that training never saw.

  npm run eval-control -- [options]

  --scenes N           scenes per delay and mode (default 200)
  --seed S             seed of the first scene (default 0)
  --delays A,B         simulated milliseconds of each inference (default 0,50,100,200)
  --modes A,B          some of: ${CONTROL_MODES.join(', ')}
                       (default sync, replace, weightedAverage, ensemble, fusion)
  --policy DIR         policy bundle (default examples/policies/pick)
  --svg FILE           also draw time to completion over delay
  --jobs N             processes (default one per core)
  --json               print one JSON object and nothing else
  --help
`;

interface Options {
  readonly scenes: number;
  readonly seed: number;
  readonly delays: readonly number[];
  readonly modes: readonly ControlMode[];
  readonly policy: string;
  readonly svg: string | undefined;
  readonly jobs: number;
  readonly json: boolean;
}

async function evaluateShard(
  { task: { policy, scenes, seed, delays, modes, jobs }, shard }: Shard<Options>,
  report: (episode: ControlEpisode) => void,
): Promise<void> {
  // One thread each: the processes already share the cores between them.
  await using engine = await JetsonVLAEngine.load(policy, { threads: 1 });
  for (let index = shard; index < scenes; index += jobs)
    for (const delayMs of delays)
      for (const mode of modes)
        report(await runControlEpisode(engine, { seed: seed + index, delayMs, mode }));
}

async function main(options: Options): Promise<void> {
  const began = performance.now();
  const { scenes, seed, delays, modes, jobs, json, svg } = options;
  const episodes: ControlEpisode[] = [];
  const total = scenes * delays.length * modes.length;
  const say = (text: string) => {
    if (!json) process.stdout.write(text);
  };
  await runShards(fileURLToPath(import.meta.url), jobs, options, (episode: ControlEpisode) => {
    episodes.push(episode);
    if (episodes.length % 200 === 0) say(`${episodes.length}/${total} episodes\n`);
  });
  // A rate over fewer episodes than were asked for would pass for a measurement.
  if (episodes.length !== total)
    throw new Error(`expected ${total} episodes, ${episodes.length} were reported`);
  const of = (delayMs: number, mode: ControlMode) =>
    episodes.filter((episode) => episode.delayMs === delayMs && episode.mode === mode);
  const cells: ControlCell[] = delays.flatMap((delayMs) =>
    modes.map((mode) => summariseCell(of(delayMs, mode), of(delayMs, 'sync'))),
  );
  if (svg !== undefined) await writeFile(svg, controlPlot(cells));
  const durationS = Math.round((performance.now() - began) / 1000);
  if (json)
    process.stdout.write(`${JSON.stringify({ scenes, seed, timeLimitS: TIME_LIMIT_S, durationS, cells })}\n`);
  else say(`${controlTable(cells)}\n${durationS} s\n`);
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      scenes: { type: 'string', default: '200' },
      seed: { type: 'string', default: '0' },
      delays: { type: 'string', default: '0,50,100,200' },
      modes: { type: 'string', default: 'sync,replace,weightedAverage,ensemble,fusion' },
      policy: { type: 'string', default: fileURLToPath(DEFAULT_POLICY) },
      svg: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    scenes: wholeNumber('scenes', values.scenes, 1, 1_000_000),
    seed: wholeNumber('seed', values.seed, 0, LAST_EVALUATION_SEED - 1_000_000),
    delays: distinct(values.delays.split(',').map((delay) => wholeNumber('delays', delay, 0, 2000))),
    modes: distinct(values.modes.split(',').map((mode) => oneOf('modes', mode, CONTROL_MODES))),
    policy: values.policy,
    svg: values.svg,
    jobs: wholeNumber('jobs', values.jobs, 1, 64),
    json: values.json,
  };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
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
