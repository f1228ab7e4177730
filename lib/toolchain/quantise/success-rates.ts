import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { abortError } from '../../engine/abort.js';
import { atExit } from '../../native/at-exit.js';
import type { PolicyManifest } from '../../policy/manifest.js';
import { killGroup } from '../python/process-group.js';
import type { ToolProgress } from '../python/python-tool.js';

/** How often a policy succeeds in one kind of scene, 0 … 1, before and after quantisation. */
export interface SuccessRate {
  readonly condition: string;
  /** Per model. */
  readonly episodes: number;
  readonly original: number;
  readonly quantised: number;
}

export interface EvaluateOptions {
  readonly evaluator: NonNullable<PolicyManifest['evaluator']>;
  /** Absolute; has both models. */
  readonly bundle: string;
  readonly original: string;
  readonly quantised: string;
  /** At least 1. */
  readonly scenes: number;
  /** Where the search for a package.json with the script begins. */
  readonly cwd: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ToolProgress) => void;
}

const OUTPUT_KEPT = 2000;

const evaluation = z.object({
  results: z.array(
    z.object({
      condition: z.string(),
      episodes: z.number(),
      successRate: z.number().nullable(),
    }),
  ),
});

/**
 * Runs the evaluator that a bundle names, `npm run SCRIPT -- --policy DIR --precision P --scenes N --json`, once for each
 * model. Its output has to hold one JSON object with `results`, each with `condition`, `episodes` and `successRate`;
 * its exit status means nothing.
 *
 * @returns the rates, or why there are none
 * @throws VLAError ABORTED
 */
export async function measureSuccess(options: EvaluateOptions): Promise<readonly SuccessRate[] | string> {
  const { evaluator, scenes, signal, onProgress } = options;
  const directory = await directoryOfScript(options.cwd, evaluator.script);
  if (directory === undefined)
    return `no success rates: no package.json from here upwards has the script ${evaluator.script}`;
  const rates: z.infer<typeof evaluation>['results'][] = [];
  for (const precision of [options.original, options.quantised]) {
    onProgress?.({ label: `Measuring the success of ${precision} in ${scenes} scenes` });
    const { script, args = [] } = evaluator;
    const told = ['--policy', options.bundle, '--precision', precision, '--scenes', `${scenes}`, '--json'];
    const printed = await runToEnd(['run', '--silent', script, '--', ...args, ...told], directory, signal);
    const results = parseResults(printed.output);
    if (results === undefined)
      return `no success rates: npm run ${script} gave none for ${precision}: ${printed.tail}`;
    rates.push(results);
  }
  const [before = [], after = []] = rates;
  return before.flatMap(({ condition, episodes, successRate: original }) => {
    const quantised = after.find((other) => other.condition === condition)?.successRate;
    return original === null || quantised === null || quantised === undefined
      ? []
      : [{ condition, episodes, original, quantised }];
  });
}

function parseResults(output: string): z.infer<typeof evaluation>['results'] | undefined {
  try {
    return evaluation.parse(JSON.parse(output)).results;
  } catch {
    return undefined;
  }
}

const packageJson = z.object({ scripts: z.record(z.string(), z.string()).default({}) });

/** The nearest directory from `start` upwards whose package.json has the script. */
async function directoryOfScript(start: string, script: string): Promise<string | undefined> {
  for (let directory = start; ; directory = path.dirname(directory)) {
    const text = await readFile(path.join(directory, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined && hasScript(text, script)) return directory;
    if (path.dirname(directory) === directory) return undefined;
  }
}

function hasScript(text: string, script: string): boolean {
  try {
    return Object.hasOwn(packageJson.parse(JSON.parse(text)).scripts, script);
  } catch {
    return false;
  }
}

async function runToEnd(args: readonly string[], cwd: string, signal: AbortSignal | undefined) {
  if (signal?.aborted) throw abortError(signal);
  // A group of its own: npm starts a shell, and that the script, and all of them have to go.
  const child = spawn('npm', args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => killGroup(child);
  const forget = atExit(kill);
  signal?.addEventListener('abort', kill, { once: true });
  let output = '';
  let tail = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    tail = `${tail}${text}`.slice(-OUTPUT_KEPT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = `${tail}${text}`.slice(-OUTPUT_KEPT);
  });
  try {
    await new Promise<void>((resolve) => {
      child.once('error', (error) => {
        tail = error.message;
        resolve();
      });
      child.once('close', () => resolve());
    });
    if (signal?.aborted) throw abortError(signal);
    return { output, tail: tail.trim().split('\n').at(-1) ?? '' };
  } finally {
    signal?.removeEventListener('abort', kill);
    forget();
  }
}
