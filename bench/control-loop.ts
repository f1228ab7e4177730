import { fileURLToPath } from 'node:url';
import { ActionChunk, type CameraFrame, FixedRate, JetsonVLAEngine, SafeVLAExecutor } from 'jetson-vla';
import { z } from 'zod';
import { developmentEnvironment } from '../python/environment.js';
import type { BenchResult } from './bench-result.js';
import { MemoryRobot } from './memory-robot.js';
import { PythonPeer } from './python-peer.js';
import { quantiles } from './quantiles.js';
import { SLOW_MODEL, SlowModel, stepsOf } from './slow-model.js';

const RATE_HZ = 100;
const TARGET_INFER_MS = 100;
/** All sides take turns, so that a busy machine is late for all. */
const ROUNDS = 10;
const TICKS_PER_ROUND = 300;
const LIMITS = { min: -3, max: 3, velocity: 2, acceleration: 5, jerk: 50 };

/** Milliseconds: how late each period was served, and each inference beside them. */
const roundTimes = z.object({ late: z.array(z.number()), inferMs: z.array(z.number()) });
type RoundTimes = z.infer<typeof roundTimes>;
type Side = (ticks: number) => Promise<RoundTimes>;

/**
 * How late a control loop of 100 Hz is while a policy of about 100 ms runs back to back beside it: `SafeVLAExecutor.tick`
 * on a motion under way, on a {@link FixedRate}, inference by `JetsonVLAEngine` with a camera frame of 640 × 480,
 * against a loop in Python that sleeps to an absolute timeline, with `session.run` of the same model in a thread. A
 * period without a tick of its own is as late as the tick that served it. `ratio` is the peer's p99.9 over ours.
 */
export async function bench(): Promise<BenchResult & { inferMs: number; peerInferMs: number }> {
  const words = await wordsForTarget();
  const script = fileURLToPath(new URL('control_loop.py', import.meta.url));
  const python = await developmentEnvironment('requirements-dev.txt');
  await using engine = await JetsonVLAEngine.load(SLOW_MODEL, { threads: 1, onWarning: () => {} });
  const peer = new PythonPeer(python, [script, SLOW_MODEL, `${stepsOf(words)}`]);
  try {
    const { version } = await peer.answer(z.object({ version: z.string() }));
    const infer = () => engine.infer(FRAME, 'work '.repeat(words));
    const [ours, theirs, oursAlone, theirsAlone] = await takeTurns([
      (ticks) => beside(infer, () => controlLoop(ticks)),
      (ticks) => peer.ask(`${ticks} 1`, roundTimes),
      async (ticks) => ({ late: await controlLoop(ticks), inferMs: [] }),
      (ticks) => peer.ask(`${ticks} 0`, roundTimes),
    ]);
    const [us, them] = [quantiles(ours?.late ?? []), quantiles(theirs?.late ?? [])];
    return {
      name: 'control-loop',
      unit: 'ms',
      inferMs: quantiles(ours?.inferMs ?? []).p50,
      peerInferMs: quantiles(theirs?.inferMs ?? []).p50,
      ours: us,
      peer: { name: `Python, onnxruntime ${version} in a thread`, ...them },
      others: [
        { name: 'jetson-vla, no inference', ...quantiles(oursAlone?.late ?? []) },
        { name: 'Python, no inference', ...quantiles(theirsAlone?.late ?? []) },
      ],
      ratio: them.p999 / us.p999,
    };
  } finally {
    await peer.end();
  }
}

const FRAME: CameraFrame = {
  encoding: 'rgb8',
  width: 640,
  height: 480,
  data: new Uint8Array(640 * 480 * 3).fill(128),
};

async function wordsForTarget(): Promise<number> {
  await using model = await SlowModel.load();
  return await model.wordsFor(TARGET_INFER_MS);
}

/** The first round of each side warms up. */
async function takeTurns(sides: readonly Side[]): Promise<RoundTimes[]> {
  const times = sides.map((): RoundTimes => ({ late: [], inferMs: [] }));
  for (let round = -1; round < ROUNDS; round++)
    for (const [at, side] of sides.entries()) {
      const { late, inferMs } = await side(TICKS_PER_ROUND);
      if (round < 0) continue;
      times[at]?.late.push(...late);
      times[at]?.inferMs.push(...inferMs);
    }
  return times;
}

/** Runs the loop while inferences run back to back, and ends when both have. */
async function beside(infer: () => Promise<ActionChunk>, loop: () => Promise<number[]>): Promise<RoundTimes> {
  let isOver = false;
  const inferMs: number[] = [];
  const inferring = (async () => {
    while (!isOver) inferMs.push((await infer()).timing?.inferMs ?? Number.NaN);
  })();
  try {
    const late = await loop();
    return { late, inferMs };
  } finally {
    isOver = true;
    await inferring;
  }
}

/** How late each period is. */
async function controlLoop(ticks: number): Promise<number[]> {
  const robot = new MemoryRobot();
  const limits = robot.jointNames.map((name) => ({ name, ...LIMITS }));
  using executor = new SafeVLAExecutor(robot, { limits, audit: false });
  const chunk = slowMotion(robot, ticks / RATE_HZ);
  const submission = await executor.submit({ chunk, waypoints: [...chunk], progress: 1, instruction: '' });
  if (submission.error) throw submission.error;
  const late: number[] = [];
  for await (const { latenessMs, missed } of new FixedRate(robot.clock, RATE_HZ)) {
    for (let before = missed; before >= 0; before--) late.push(latenessMs + (before * 1000) / RATE_HZ);
    const { moving, latched } = await executor.tick();
    if (latched) throw latched;
    if (!moving) throw new Error('the motion ended before the loop');
    if (late.length >= ticks) return late.slice(0, ticks);
  }
  throw new Error('a fixed rate never ends');
}

/** Five waypoints that take twice as long as the loop is to run. */
function slowMotion(robot: MemoryRobot, seconds: number): ActionChunk {
  const rows = [1, 2, 3, 4, 5].map((step) => robot.jointNames.map((_, joint) => 0.02 * step * (joint + 1)));
  return new ActionChunk({
    data: Float32Array.from(rows.flat()),
    dims: robot.jointNames.map((name) => ({ name, kind: 'joint', unit: 'rad' })),
    secondsPerWaypoint: (2 * seconds) / rows.length,
    capturedAt: robot.clock.now(),
    sequence: 1,
  });
}
