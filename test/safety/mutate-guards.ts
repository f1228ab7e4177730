import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MutantTree } from './mutation/mutant-tree.js';
import { allMutants, type Mutant } from './mutation/mutants.js';

const HELP = `Usage: npm run mutate:guards -- [options]

Takes out one guard after the other, in a copy of the repository, and requires that a test fails for each.

  --only TEXT   only those with the text in their name
  --workers N   copies that run side by side (default 2)
  --json        one JSON object on the standard output and nothing else

Exit status: 0 every guard is missed, 1 one is not, or a mutant cannot be judged, 2 wrong arguments.
`;

interface Options {
  readonly only: string;
  readonly workers: number;
  readonly json: boolean;
}

interface Judged {
  readonly name: string;
  readonly verdict: 'killed' | 'survived' | 'error';
  /** Tests that failed, or what made it impossible to judge. */
  readonly detail: string;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (!/^[1-9]\d?$/.test(values.workers)) throw new Error(`--workers takes 1 to 99, got ${values.workers}`);
  return { only: values.only, workers: Number(values.workers), json: values.json };
}

async function judge(tree: MutantTree, mutant: Mutant): Promise<Judged> {
  const { name, tests } = mutant;
  try {
    const { failed, trouble } = await tree.runWith(mutant, tests);
    if (failed > 0) return { name, verdict: 'killed', detail: `${failed} failed` };
    if (trouble !== undefined) return { name, verdict: 'error', detail: trouble };
    return { name, verdict: 'survived', detail: tests.join(', ') };
  } catch (error) {
    return { name, verdict: 'error', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function mutate({ only, workers, json }: Options): Promise<number> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const mutants = allMutants(root).filter(({ name }) => name.includes(only));
  if (mutants.length === 0) throw new Error(`no mutant has "${only}" in its name`);
  const startedAt = performance.now();
  const trees: MutantTree[] = [];
  const cleanUp = () => {
    for (const tree of trees) tree[Symbol.dispose]();
  };
  const interrupted = () => {
    cleanUp();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const say = ({ name, verdict, detail }: Judged) => {
    if (!json) process.stdout.write(`${verdict.padEnd(9)} ${name.padEnd(64)} ${detail}\n`);
  };
  try {
    for (let worker = 0; worker < Math.min(workers, mutants.length); worker++)
      trees.push(new MutantTree(root));
    // What fails anyway would kill every mutant.
    const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
    const [first] = trees;
    const whole = await first?.run(tests);
    if (whole === undefined || whole.failed > 0 || whole.trouble !== undefined)
      throw new Error(`the tests fail as they are: ${whole?.failed} failed. ${whole?.trouble ?? ''}`);

    const waiting = [...mutants];
    const judged: Judged[] = [];
    await Promise.all(
      trees.map(async (tree) => {
        for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
          const one = await judge(tree, mutant);
          judged.push(one);
          say(one);
        }
      }),
    );
    const count = (verdict: Judged['verdict']) => judged.filter((each) => each.verdict === verdict).length;
    const result = {
      mutants: judged.length,
      killed: count('killed'),
      survived: count('survived'),
      errors: count('error'),
      seconds: Number(((performance.now() - startedAt) / 1000).toFixed(1)),
      unproven: judged.filter(({ verdict }) => verdict !== 'killed'),
    };
    process.stdout.write(
      json
        ? `${JSON.stringify(result)}\n`
        : `${result.mutants} mutants: ${result.killed} killed, ${result.survived} survived, ${result.errors} errors, ${result.seconds} s\n`,
    );
    return result.killed === result.mutants ? 0 : 1;
  } finally {
    cleanUp();
  }
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  if (options !== 'help') return mutate(options);
  process.stdout.write(HELP);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
