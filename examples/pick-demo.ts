/**
 * A policy picks the block you name: camera image and sentence in, waypoints out, run by the safety executor on a
 * simulated arm. `npm run demo -- --help` lists the options.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JetsonVLAEngine, VLAError, VLAMonitor } from 'jetson-vla';
import { DEFAULT_POLICY, oneOf, UsageError, wholeNumber } from './sim/command-line.js';
import { type EpisodeOutcome, runEpisode } from './sim/episode.js';
import { GifRecorder } from './sim/gif-recorder.js';
import { namedColor, plainInstruction, unseenInstruction } from './sim/instructions.js';
import { latencyStatistics } from './sim/latency.js';
import { PERTURBATIONS, type Perturbation, perturbScene } from './sim/perturbation.js';
import { Random } from './sim/random.js';
import { absentColor, createScene, LAST_EVALUATION_SEED, type Scene } from './sim/scene.js';
import { SimStage } from './sim/stage.js';

const HELP = `The arm picks the block you name.

  npm run demo -- [options]

  --episodes N         how many scenes (default 10)
  --seed S             seed of the first scene (default 1)
  --instruction "…"    the same sentence in every scene; by default each scene gets its own
  --policy DIR         policy bundle (default examples/policies/pick)
  --perturb KIND       change the conditions: ${PERTURBATIONS.join(', ')}
  --gif FILE           write an animation
  --audit FILE         record every safety decision; check it with: npm run cli -- audit verify FILE
  --json               print one JSON object and nothing else (with npm: npm run -s demo -- --json)
  --help
`;

interface Options {
  readonly episodes: number;
  readonly seed: number;
  readonly instruction: string | undefined;
  readonly policy: string;
  readonly perturb: Perturbation | undefined;
  readonly gif: string | undefined;
  readonly audit: string | undefined;
  readonly json: boolean;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      episodes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      instruction: { type: 'string' },
      policy: { type: 'string', default: fileURLToPath(DEFAULT_POLICY) },
      perturb: { type: 'string' },
      gif: { type: 'string' },
      audit: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { perturb, instruction } = values;
  if (instruction !== undefined && instruction.trim() === '')
    throw new UsageError('--instruction must not be empty');
  return {
    episodes: wholeNumber('episodes', values.episodes, 1, 1_000_000),
    seed: wholeNumber('seed', values.seed, 0, LAST_EVALUATION_SEED),
    instruction,
    policy: values.policy,
    perturb: perturb === undefined ? undefined : oneOf('perturb', perturb, PERTURBATIONS),
    gif: values.gif,
    audit: values.audit,
    json: values.json,
  };
}

/** Scenes from a seed on; with an instruction that names a colour, those that have a block of it. */
function* scenes(firstSeed: number, instruction: string | undefined): Generator<Scene, never> {
  const wanted = instruction === undefined ? undefined : namedColor(instruction);
  for (let seed = firstSeed; ; seed++) {
    const scene = createScene(seed);
    if (wanted === undefined || absentColor(scene) !== wanted) yield scene;
  }
}

function chooseTask(scene: Scene, instruction: string | undefined) {
  if (instruction !== undefined) return { instruction, target: namedColor(instruction) ?? null };
  const random = new Random(scene.seed);
  const { color } = random.pick(scene.blocks);
  const sentence = random.chance(0.5) ? plainInstruction(color) : unseenInstruction(color, random);
  return { instruction: sentence, target: color };
}

/** Asked before the first episode: a film that cannot be saved would cost the whole run. */
async function checkGifFolder(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  await access(folder, constants.W_OK).catch(() => {
    throw new UsageError(`--gif: ${folder} is not a folder that can be written to`);
  });
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
  if (options.gif !== undefined) await checkGifFolder(options.gif);
  const say = (text: string) => {
    if (!options.json) process.stdout.write(`${text}\n`);
  };
  await using engine = await JetsonVLAEngine.load(options.policy);
  say(`${engine.policy.name} (${engine.policy.path}) on ${engine.backend}`);
  let recorder: GifRecorder | undefined;
  using stage = new SimStage({ onStep: () => recorder?.onStep() });
  using film = options.gif === undefined ? undefined : new GifRecorder(stage);
  recorder = film;

  const monitor = new VLAMonitor();
  const outcomes: EpisodeOutcome[] = [];
  for (const scene of scenes(options.seed, options.instruction)) {
    if (outcomes.length === options.episodes || signal.aborted) break;
    const task = chooseTask(scene, options.instruction);
    film?.begin(task.instruction);
    const seen = options.perturb === undefined ? scene : perturbScene(scene, options.perturb);
    const record = options.audit === undefined ? {} : { audit: options.audit };
    const outcome = await runEpisode(stage, engine, seen, task, { signal, ...record });
    if (outcome.reason === 'ABORTED') break;
    film?.end(outcome.success ? '✓' : '✗');
    outcomes.push(outcome);
    monitor.logExecution(task.instruction, outcome.success, outcome.inferenceMs);
    say(describe(outcome, outcomes.length, options.episodes));
  }

  if (options.gif !== undefined) {
    const frames = await film?.save(options.gif);
    say(frames ? `${options.gif}: ${frames} frames` : 'no frame was filmed, so no animation was written');
  }
  const inferenceMs = latencyStatistics(outcomes.flatMap((outcome) => outcome.inferenceMs));
  const successes = outcomes.filter((outcome) => outcome.success).length;
  if (options.json) {
    const report = {
      episodes: outcomes.length,
      successes,
      successRate: outcomes.length === 0 ? null : successes / outcomes.length,
      outcomes: outcomes.map(
        ({ inferenceMs: _, waypoints: __, fault: ___, guards: ____, ...outcome }) => outcome,
      ),
      inferenceMs,
      backend: engine.backend,
      policy: engine.policy.id,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else if (outcomes.length > 0) {
    say(`\n${monitor.report()}`);
    say(
      `Picked ${successes} of ${outcomes.length}; inference p50 ${inferenceMs.p50} ms, p99 ${inferenceMs.p99} ms`,
    );
  }
  if (signal.aborted) say('Interrupted: the above is what was done so far.');
}

function describe(outcome: EpisodeOutcome, number: number, of: number): string {
  const { instruction, success, reason, fault, picked, waypoints, durationS, inferenceMs } = outcome;
  const { p50 } = latencyStatistics(inferenceMs);
  const verdict = success ? '✓ picked' : `✗ ${reason.toLowerCase().replaceAll('_', ' ')}`;
  const timing = p50 === null ? '' : `, inference ${p50.toFixed(1)} ms`;
  return (
    `${String(number).padStart(String(of).length)}/${of}  ${`“${instruction}”`.padEnd(50)} ${verdict}` +
    `${picked === null ? '' : ` ${picked}`}  ${waypoints} waypoints, ${durationS.toFixed(1)} s${timing}` +
    `${fault === undefined ? '' : `\n      ${fault.message}`}`
  );
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
    interrupt.abort();
  });

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(HELP);
  else await run(options, interrupt.signal);
} catch (error) {
  if (error instanceof VLAError) {
    process.stderr.write(`${error}\n`);
    process.exitCode = 1;
  } else if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else throw error;
}
