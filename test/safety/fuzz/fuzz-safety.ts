import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Outcome } from '../../../lib/safety/verdict.js';
import { runScenario } from './run-scenario.js';
import { CHUNKS_PER_SCENARIO, scenarioAt } from './scenario.js';
import { addShare, emptyShare, type Share, type ShareRequest } from './share.js';
import { smallest } from './smallest.js';

const HELP = `Usage: npm run fuzz:safety -- [options]

Sends random and adversarial chunks through SafeVLAExecutor and has an independent oracle judge every command.

  --chunks N    how many chunks (default 20000)
  --seed S      where to start (default: a random one, which is printed)
  --case I      only scenario number I of the seed
  --workers N   processes (default: at most 2)
  --json        one JSON object on the standard output and nothing else

Exit status: 0 no escape, 1 an escape, 2 wrong arguments.
`;

/** Making a case smaller takes a while, and the first is the one to look at. */
const SHRUNK_CASES = 1;

interface Options {
  readonly chunks: number;
  readonly seed: number;
  readonly only: number | undefined;
  readonly workers: number;
  readonly json: boolean;
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      chunks: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      case: { type: 'string' },
      workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    chunks: whole('chunks', values.chunks, 1),
    seed: whole('seed', values.seed, 0),
    only: values.case === undefined ? undefined : whole('case', values.case, 0),
    workers: whole('workers', values.workers, 1),
    json: values.json,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes a whole number, ${least} or more, got ${text}`);
}

/** Runs one share of the scenarios in a process of its own. */
function inProcess(request: ShareRequest, onProgress: (chunks: number) => void): Promise<Share> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(
      new URL('./fuzz-worker.ts', import.meta.url),
      [JSON.stringify(request)],
      {
        execArgv: ['--import', 'tsx'],
      },
    );
    let share: Share | undefined;
    child.on('message', (message: { readonly chunks: number } | { readonly share: Share }) => {
      if ('share' in message) share = message.share;
      else onProgress(message.chunks);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (share !== undefined) resolve(share);
      else reject(new Error(`a worker ended with ${signal ?? code}`));
    });
  });
}

async function fuzz({ chunks, seed, only, workers, json }: Options): Promise<number> {
  const startedAt = performance.now();
  const say = (text: string) => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  say(`seed ${seed}`);
  const count = Math.ceil(chunks / CHUNKS_PER_SCENARIO);
  let total = emptyShare();
  if (only !== undefined) total = await ofOneCase(seed, only);
  else {
    const done = new Array<number>(workers).fill(0);
    let said = startedAt;
    const requests = done.map((_, first): ShareRequest => ({ seed, first, step: workers, count, chunks }));
    const shares = requests.map((request, worker) =>
      inProcess(request, (ran) => {
        done[worker] = ran;
        if (performance.now() - said < 10_000) return;
        said = performance.now();
        say(`${done.reduce((sum, each) => sum + each, 0)} chunks`);
      }),
    );
    for (const share of await Promise.all(shares)) total = addShare(total, share);
  }
  const { outcomes, commands, reasons, escapes } = total;
  const ran = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
  const seconds = (performance.now() - startedAt) / 1000;
  const share = (outcome: Outcome) => outcomes[outcome];
  const result = {
    chunks: ran,
    escapes: escapes.length,
    passed: share('pass'),
    modified: share('modify'),
    truncated: share('truncate'),
    rejected: share('reject'),
    stopped: share('stop'),
    commands,
    seed,
    seconds: Number(seconds.toFixed(1)),
    chunksPerSecond: Math.round(ran / seconds),
    reasons: Object.fromEntries(Object.entries(reasons).sort(([, one], [, other]) => other - one)),
    found: escapes.slice(0, 10),
  };
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else say(JSON.stringify(result, null, 2));
  for (const found of escapes.slice(0, SHRUNK_CASES)) {
    const small = await smallest(scenarioAt(seed, found.scenario), found.chunk);
    process.stderr.write(
      `escape: seed ${seed}, case ${found.scenario}, chunk ${found.chunk}: ${found.what}\n` +
        `smallest case found, again with --seed ${seed} --case ${found.scenario}:\n${JSON.stringify(small, null, 1)}\n`,
    );
  }
  return escapes.length === 0 ? 0 : 1;
}

async function ofOneCase(seed: number, scenario: number): Promise<Share> {
  const { escapes, outcomes, commands, reasons } = await runScenario(scenarioAt(seed, scenario));
  return {
    outcomes,
    commands,
    reasons: Object.fromEntries(reasons),
    escapes: escapes.map((found) => ({ scenario, ...found })),
  };
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  if (options !== 'help') return fuzz(options);
  process.stdout.write(HELP);
  return 0;
}

process.exitCode = await main();
