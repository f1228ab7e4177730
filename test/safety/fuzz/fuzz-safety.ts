import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runScenario } from './run-scenario.js';
import { CHUNKS_PER_SCENARIO, scenarioAt } from './scenario.js';
import { addShare, chunksOf, emptyShare, type Share, type ShareMessage, type ShareRequest } from './share.js';
import { smallest } from './smallest.js';

const HELP = `Usage: npm run fuzz:safety -- [options]

Sends random and adversarial chunks through SafeVLAExecutor and has an independent oracle judge every command.

  --chunks N    how many chunks (default 20000)
  --seed S      where to start (default: a random one, which is printed)
  --case I      only scenario number I of the seed
  --workers N   processes (default: at most 2)
  --json        one JSON object on the standard output and nothing else

Exit status: 0 no escape, 1 an escape, 2 wrong arguments, 130 broken off (what came of it so far is printed).
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

/** Shares of the scenarios that run in processes of their own. */
class Workers {
  readonly #children: ChildProcess[] = [];
  readonly #shares: Share[];
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    this.#shares = Array.from({ length: options.workers }, emptyShare);
  }

  /** What came of the scenarios so far. */
  get total(): Share {
    return this.#shares.reduce(addShare, emptyShare());
  }

  async run(onProgress: () => void): Promise<void> {
    await Promise.all(this.#shares.map((_, worker) => this.#work(worker, onProgress)));
  }

  kill(): void {
    for (const child of this.#children) child.kill();
  }

  #work(first: number, onProgress: () => void): Promise<void> {
    const { seed, chunks, workers } = this.#options;
    const count = Math.ceil(chunks / CHUNKS_PER_SCENARIO);
    const request: ShareRequest = { seed, first, step: workers, count, chunks };
    return new Promise((resolve, reject) => {
      const child = fork(new URL('./fuzz-worker.ts', import.meta.url), [JSON.stringify(request)], {
        execArgv: ['--import', 'tsx'],
      });
      this.#children.push(child);
      let done = false;
      child.on('message', ({ share, whole }: ShareMessage) => {
        this.#shares[first] = share;
        done = whole;
        onProgress();
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        if (done) resolve();
        else reject(new Error(`a worker ended with ${signal ?? code}`));
      });
    });
  }
}

async function fuzz(options: Options): Promise<number> {
  const { seed, only, json } = options;
  const startedAt = performance.now();
  const say = (text: string) => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  say(`seed ${seed}`);
  if (only !== undefined) return report(await ofOneCase(seed, only), options, startedAt);
  const workers = new Workers(options);
  let said = startedAt;
  const progress = () => {
    if (performance.now() - said < 10_000) return;
    said = performance.now();
    say(`${chunksOf(workers.total)} chunks, ${workers.total.escapes.length} escapes`);
  };
  // A long run that is broken off has found out something all the same.
  const interrupted = () => {
    workers.kill();
    report(workers.total, options, startedAt).then(
      () => process.exit(130),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  await workers.run(progress);
  return report(workers.total, options, startedAt);
}

/** @returns the exit status */
async function report(total: Share, { seed, json }: Options, startedAt: number): Promise<number> {
  const { outcomes, commands, reasons, escapes } = total;
  const chunks = chunksOf(total);
  const seconds = (performance.now() - startedAt) / 1000;
  const result = {
    chunks,
    escapes: escapes.length,
    passed: outcomes.pass,
    modified: outcomes.modify,
    truncated: outcomes.truncate,
    rejected: outcomes.reject,
    stopped: outcomes.stop,
    commands,
    seed,
    seconds: Number(seconds.toFixed(1)),
    chunksPerSecond: Math.round(chunks / seconds),
    reasons: Object.fromEntries(Object.entries(reasons).sort(([, one], [, other]) => other - one)),
    found: escapes.slice(0, 10),
  };
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
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
