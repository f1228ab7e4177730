/**
 * Writes demonstrations for training: `npx tsx examples/sim/generate-data.ts --episodes N --seed S --out PREFIX`
 * makes PREFIX.rgb (frames × 128 × 128 × 3 bytes) and PREFIX.f32 (frames × 146 floats: the colour index of each
 * block, 1 for each block that may be asked for, the expert's chunk for each block, the chunk that retreats).
 * Each frame is labelled for every block; which one is meant is drawn when training, so the picture alone never
 * tells, and the policy has to read.
 */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { displaced, expertPick, expertRetreat } from './expert.js';
import { carryOut } from './expert-motion.js';
import { PickWorld } from './pick-world.js';
import { Random } from './random.js';
import { BLOCK_COLOR_NAMES, createScene, HOME_TCP, LAST_EVALUATION_SEED, type Scene } from './scene.js';
import { SimRobot } from './sim-robot.js';
import { addScaled, type Vec3 } from './vector.js';

const MAX_CHUNKS = 16;
/** Episodes go on this many chunks after the lift, so that holding still is learned too. */
const CHUNKS_AFTER_LIFT = 2;

const scatter = (random: Random, deviation: number): Vec3 => [
  deviation * random.normal(),
  deviation * random.normal(),
  0.7 * deviation * random.normal(),
];

/**
 * Half the episodes start near home, half anywhere above the table; most have the camera up to 3 cm off its place; the
 * lamp is somewhere else in each.
 */
function trainingScene(seed: number, random: Random): Scene {
  const nearHome = random.chance(0.5);
  const homeTcp: Vec3 = nearHome
    ? addScaled(HOME_TCP, scatter(random, 0.01), 1)
    : [random.between(0.22, 0.48), random.between(-0.2, 0.2), random.between(0.09, 0.28)];
  const lighting = {
    position: [random.between(0, 0.95), random.between(-0.25, 1.05), random.between(1, 1.6)] as Vec3,
    ambient: random.between(0.32, 0.52),
    diffuse: random.between(0.52, 0.72),
  };
  const scene = createScene(seed);
  const shift = random.chance(0.7) ? random.between(0, 0.03) : 0;
  const camera = { ...scene.camera, position: addScaled(scene.camera.position, random.direction(), shift) };
  return { ...scene, homeTcp, lighting, camera };
}

async function generate(episodes: number, firstSeed: number, out: string): Promise<void> {
  using world = new PickWorld();
  using robot = new SimRobot(world);
  const images = createWriteStream(`${out}.rgb`);
  const labels = createWriteStream(`${out}.f32`);
  let frames = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const seed = firstSeed + episode;
    const random = new Random(seed ^ 0x7a11);
    world.reset(trainingScene(seed, random));
    const { blocks } = world.scene;
    let target = random.index(3);
    let afterLift = 0;
    for (let chunk = 0; chunk < MAX_CHUNKS && afterLift < CHUNKS_AFTER_LIFT; chunk++) {
      const held = world.gripperClosed ? world.heldBlock() : undefined;
      if (held !== undefined) target = held;
      else if (random.chance(0.08)) target = random.index(3);
      const picks = blocks.map((_, index) => expertPick(world, index));
      const retreat = expertRetreat(world);
      const label = [
        ...blocks.map((block) => BLOCK_COLOR_NAMES.indexOf(block.color)),
        ...blocks.map((_, index) => (held === undefined || held === index ? 1 : 0)),
        ...picks.flat(2),
        ...retreat.flat(),
      ];
      images.write((await robot.camera.capture()).data);
      labels.write(Buffer.from(Float32Array.from(label).buffer));
      frames++;
      if (held !== undefined && world.blockPosition(held)[2] > 0.15) afterLift++;

      const action = random.chance(0.12) ? retreat : (picks[target] ?? retreat);
      const noisy = random.chance(held === undefined ? 0.4 : 0.1);
      const offset = scatter(random, 0.02);
      for (const waypoint of action.slice(0, 1 + random.index(3)))
        await carryOut(robot, world, noisy ? displaced(waypoint, offset) : waypoint);
    }
    if (episode % 50 === 49 || episode === episodes - 1)
      process.stdout.write(`${JSON.stringify({ episodes: episode + 1, of: episodes, frames })}\n`);
  }
  images.end();
  labels.end();
  await Promise.all([finished(images), finished(labels)]);
}

const { values } = parseArgs({
  options: {
    episodes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const episodes = Number(values.episodes);
const seed = Number(values.seed);
if (!values.out || !Number.isInteger(episodes) || episodes < 1 || !Number.isInteger(seed) || seed < 0) {
  process.stderr.write('usage: generate-data --episodes N --seed S --out PREFIX\n');
  process.exitCode = 2;
} else await generate(episodes, LAST_EVALUATION_SEED + 1 + seed, values.out);
