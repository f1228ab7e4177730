/**
 * Records what a robot sees while it picks blocks, to calibrate, compare and check models with:
 * `npm run record-observations -- --help` lists the options. A robot of your own does the same with
 * `observationLine`: one line for each moment in which the policy would be asked.
 */
import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { observationLine, VLAError } from 'jetson-vla';
import { stageFile } from '../lib/toolchain/staged-output.js';
import { UsageError, wholeNumber } from './sim/command-line.js';
import { expertPick } from './sim/expert.js';
import { carryOut } from './sim/expert-motion.js';
import { plainInstruction, unseenInstruction } from './sim/instructions.js';
import { liftedBlock } from './sim/lifted-block.js';
import { PickWorld } from './sim/pick-world.js';
import { Random } from './sim/random.js';
import { createScene } from './sim/scene.js';
import { SimRobot } from './sim/sim-robot.js';

const HELP = `Records observations of the simulated arm while an expert picks blocks with it.

  npm run record-observations -- --out FILE.jsonl [options]

  --out FILE           one JSON object per line: the camera image, the instruction, the joints and the gripper
  --scenes N           how many scenes (default 10)
  --seed S             of the first scene (default 0); neither training nor evaluation has these scenes
  --json               print one JSON object and nothing else
  --help
`;

/** Evaluation starts at 0, training above LAST_EVALUATION_SEED. */
const FIRST_SEED = 900_000_000;
const MAX_CHUNKS = 16;
/** Waypoints of each chunk that are run before the next look, as the policy's bundle says. */
const EXECUTE = 2;

interface Options {
  readonly out: string;
  readonly scenes: number;
  readonly seed: number;
  readonly json: boolean;
}

async function record({ out, scenes, seed, json }: Options): Promise<void> {
  using world = new PickWorld();
  using robot = new SimRobot(world);
  const observations = await stageFile(out, async (temporary) => {
    await using file = await open(temporary, 'w');
    let count = 0;
    for (let index = 0; index < scenes; index++) {
      for await (const line of watchScene(robot, world, FIRST_SEED + seed + index)) {
        await file.write(line);
        count++;
      }
      if (!json) process.stdout.write(`${index + 1}/${scenes} scenes, ${count} observations\n`);
    }
    return count;
  });
  process.stdout.write(json ? `${JSON.stringify({ out, scenes, observations })}\n` : `Wrote ${out}\n`);
}

/** The observation of every moment in which a policy would be asked, until the block is lifted. */
async function* watchScene(robot: SimRobot, world: PickWorld, seed: number): AsyncGenerator<string> {
  const random = new Random(seed);
  world.reset(createScene(seed));
  const target = random.index(world.scene.blocks.length);
  const color = world.scene.blocks[target]?.color ?? 'red';
  const instruction = random.chance(0.5) ? plainInstruction(color) : unseenInstruction(color, random);
  for (let chunk = 0; chunk < MAX_CHUNKS && liftedBlock({ world }) === null; chunk++) {
    const front = await robot.camera.capture();
    const { positions } = await robot.jointState();
    yield observationLine({
      images: { front },
      instruction,
      state: [...positions, world.gripperClosed ? 1 : 0],
    });
    for (const waypoint of expertPick(world, target).slice(0, EXECUTE))
      await carryOut(robot, world, waypoint);
  }
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      scenes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.out === undefined) throw new UsageError('--out FILE is needed');
  return {
    out: values.out,
    scenes: wholeNumber('scenes', values.scenes, 1, 100_000),
    seed: wholeNumber('seed', values.seed, 0, 50_000_000),
    json: values.json,
  };
}

// Ends through process.exit, so that what is half-written goes.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(HELP);
  else await record(options);
} catch (error) {
  if (error instanceof VLAError) {
    process.stderr.write(`${error}\n`);
    process.exitCode = 1;
  } else if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else throw error;
}
