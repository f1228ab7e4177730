/**
 * Makes the demo's policy from nothing: demonstrations from the simulation, training, export, quantisation, bundle.
 * `npm run train-policy -- --help` lists the options.
 */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError, wholeNumber } from '../examples/sim/command-line.js';
import { developmentEnvironment, PYTHON_FOLDER, ROOT, runStep, StepError } from './environment.js';

const HELP = `Trains the demo's policy: about 22 minutes on 2 cores.

  npm run train-policy -- [options]

  --out DIR        folder of the bundle (default examples/policies/pick); replaced only when all went well
  --episodes N     demonstrations (default 2400)
  --steps N        training steps (default 5000)
  --width N        channels of the network (default 32)
  --seed S         seed of scenes and training (default 0)
  --help

Measure the result with: npm run eval-policy -- --policy DIR
`;

/** Seeds of one process's scenes; far more than it makes episodes. */
const SEEDS_PER_PROCESS = 1_000_000;

interface Options {
  readonly out: string;
  readonly episodes: number;
  readonly steps: number;
  readonly width: number;
  readonly seed: number;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: path.join(ROOT, 'examples', 'policies', 'pick') },
      episodes: { type: 'string', default: '2400' },
      steps: { type: 'string', default: '5000' },
      width: { type: 'string', default: '32' },
      seed: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    out: path.resolve(values.out),
    episodes: wholeNumber('episodes', values.episodes, 10, 100_000),
    steps: wholeNumber('steps', values.steps, 1, 1_000_000),
    width: wholeNumber('width', values.width, 8, 128),
    seed: wholeNumber('seed', values.seed, 0, 100),
  };
}

/** Demonstrations, made by one process per core; returns the prefixes of their files. */
async function generate(folder: string, options: Options, signal: AbortSignal): Promise<string[]> {
  const processes = availableParallelism();
  const done = new Array<number>(processes).fill(0);
  const began = performance.now();
  let shown = -1;
  return Promise.all(
    done.map(async (_, index) => {
      const prefix = path.join(folder, `part${index}`);
      const share =
        Math.ceil((options.episodes * (index + 1)) / processes) -
        Math.ceil((options.episodes * index) / processes);
      const firstSeed = (options.seed * processes + index) * SEEDS_PER_PROCESS;
      const script = path.join(ROOT, 'examples', 'sim', 'generate-data.ts');
      const args = [...process.execArgv, script, '--episodes', share, '--seed', firstSeed, '--out', prefix];
      await runStep(process.execPath, args.map(String), {
        signal,
        onLine: (line) => {
          done[index] = (JSON.parse(line) as { episodes: number }).episodes;
          const total = done.reduce((sum, count) => sum + count, 0);
          if (total - shown < options.episodes / 20 && total < options.episodes) return;
          shown = total;
          const seconds = Math.round((performance.now() - began) / 1000);
          process.stdout.write(`demonstrations ${total}/${options.episodes}, ${seconds} s\n`);
        },
      });
      return prefix;
    }),
  );
}

/** Moves the finished bundle's files into place, the manifest last: it names the checksums of the others. */
async function install(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const files = (await readdir(from)).sort(
    (a, b) => Number(a === 'policy.json') - Number(b === 'policy.json'),
  );
  for (const file of files) await rename(path.join(from, file), path.join(to, file));
}

async function trainPolicy(options: Options, signal: AbortSignal): Promise<void> {
  const cache = path.join(ROOT, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'train-'));
  try {
    const python = await developmentEnvironment(undefined, signal);
    const data = await generate(folder, options, signal);
    const bundle = path.join(folder, 'bundle');
    const language = path.join(ROOT, 'examples', 'sim', 'language.json');
    const { steps, width, seed } = options;
    const numbers = ['--steps', steps, '--width', width, '--seed', seed].map(String);
    const args = [
      '-W',
      'ignore',
      '-m',
      'pick_policy',
      '--data',
      ...data,
      '--language',
      language,
      '--out',
      bundle,
    ];
    await runStep(python, [...args, ...numbers], { cwd: PYTHON_FOLDER, signal });
    await install(bundle, options.out);
    process.stdout.write(
      `${options.out} is ready; measure it with: npm run eval-policy -- --policy ${options.out}\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(HELP);
  else await trainPolicy(options, interrupt.signal);
} catch (error) {
  if (interrupt.signal.aborted) {
    process.stderr.write('interrupted; nothing was changed\n');
    process.exitCode = 130;
  } else if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else if (error instanceof StepError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
