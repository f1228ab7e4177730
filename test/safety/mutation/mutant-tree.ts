import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Edit } from './mutants.js';

/** What the tests need of the repository. */
const COPIED = ['lib', 'test', 'examples', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Model and image files, which no test of a guard reads. */
const LEFT_OUT = [path.join('examples', 'policies'), path.join('test', 'fixtures')];
const CONFIG = 'mutants.vitest.config.ts';

export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  /** What went wrong beside the tests: a file that does not load, a runner that does not start. */
  readonly trouble: string | undefined;
}

/** A copy of the repository in which the source may be broken. Nothing of the working tree is touched. */
export class MutantTree implements Disposable {
  readonly #directory: string;
  #running: ChildProcess | undefined;

  constructor(root: string) {
    this.#directory = mkdtempSync(path.join(tmpdir(), 'jetson-vla-mutants-'));
    for (const name of COPIED)
      cpSync(path.join(root, name), path.join(this.#directory, name), {
        recursive: true,
        filter: (from) => !LEFT_OUT.includes(path.relative(root, from)),
      });
    symlinkSync(path.join(root, 'node_modules'), path.join(this.#directory, 'node_modules'), 'dir');
    // Without the global set-up, which builds the native addon: no test of a guard needs it.
    writeFileSync(
      path.join(this.#directory, CONFIG),
      `import config from './vitest.config.js';\nexport default { ...config, test: { ...config.test, globalSetup: [] } };\n`,
    );
  }

  /**
   * Runs test files with one text in the source replaced.
   *
   * @throws Error when the text does not stand there exactly once: the mutant no longer says anything
   */
  async runWith({ file, cut, instead }: Edit, tests: readonly string[]): Promise<TestRun> {
    const target = path.join(this.#directory, file);
    const source = readFileSync(target, 'utf8');
    const times = source.split(cut).length - 1;
    if (times !== 1) throw new Error(`${file} has this ${times} times, expected once: ${cut}`);
    writeFileSync(
      target,
      source.replace(cut, () => instead),
    );
    try {
      return await this.run(tests);
    } finally {
      writeFileSync(target, source);
    }
  }

  /** Runs test files as they are. */
  async run(tests: readonly string[]): Promise<TestRun> {
    const report = path.join(this.#directory, 'report.json');
    rmSync(report, { force: true });
    const vitest = path.join(this.#directory, 'node_modules', 'vitest', 'vitest.mjs');
    const args = ['run', '--config', CONFIG, '--reporter', 'json', '--outputFile', report, ...tests];
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, [vitest, ...args], { cwd: this.#directory });
      this.#running = child;
      let text = '';
      const add = (chunk: Buffer) => {
        text += chunk.toString();
      };
      child.stdout.on('data', add);
      child.stderr.on('data', add);
      child.on('error', reject);
      child.on('close', () => resolve(text));
    });
    return summary(report, output, tests.length);
  }

  [Symbol.dispose](): void {
    this.#running?.kill('SIGTERM');
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

function summary(file: string, output: string, files: number): TestRun {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, trouble: output.slice(-2000) };
  }
  const { numPassedTests: passed, numFailedTests: failed, testResults } = report;
  // A file that does not load has no tests, and proves nothing about a guard.
  const broken = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  const missing = testResults.length < files ? 'a test file is missing' : undefined;
  return { passed, failed, trouble: broken?.message ?? missing };
}
