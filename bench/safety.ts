import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CollisionChecker,
  FixedRate,
  JetsonVLAEngine,
  type JointTrajectory,
  type Robot,
  SafeVLAExecutor,
  type TrajectoryPoint,
} from 'jetson-vla';
import { DEFAULT_POLICY } from '../examples/sim/command-line.js';
import { InferenceDelay } from '../examples/sim/inference-delay.js';
import { plainInstruction } from '../examples/sim/instructions.js';
import { liftedBlock } from '../examples/sim/lifted-block.js';
import { GUARDS } from '../examples/sim/safety.js';
import { createScene } from '../examples/sim/scene.js';
import { SimStage } from '../examples/sim/stage.js';
import { type AuditJudge, replayAudit } from '../lib/safety/audit/replay-audit.js';
import { replayDecision } from '../lib/safety/replay-decision.js';
import type { BenchResult, NamedQuantiles } from './bench-result.js';
import { quantiles } from './quantiles.js';
import { sampledCheck, sweep } from './sweep-sides.js';
import { type MotionTimes, TimedMotion } from './timed-motion.js';

/** Scenes that are played once per variant; the variants take turns, so that a busy machine slows all. */
const SCENES = 50;
const WARM_UP_SCENES = 2;
/** Simulated milliseconds of an inference, during which the arm moves. */
const INFERENCE_MS = 80;
const RATE_HZ = 50;
/** Two waypoints: then comes the next chunk, while the arm is on its way through the last one. */
const TICKS_PER_CHUNK = 20;
const MAX_CHUNKS = 12;
const { workspace, maxTcpSpeed, ...ANY_ROBOT } = GUARDS;
const { environmentMargin = 0.02, selfMargin = 0.01 } = GUARDS;
const MARGINS = { environmentMargin, selfMargin };

interface Variant {
  readonly name: string;
  readonly collision: boolean;
  readonly kinematics: boolean;
  readonly audit: boolean;
}

/** The first is ours. */
const VARIANTS: readonly Variant[] = [
  { name: 'all guards, audit log', collision: true, kinematics: true, audit: true },
  { name: 'the same without audit log', collision: true, kinematics: true, audit: false },
  { name: 'without collision, audit log', collision: false, kinematics: true, audit: true },
  { name: 'without collision and audit log', collision: false, kinematics: true, audit: false },
  { name: 'without collision and kinematics, audit log', collision: false, kinematics: false, audit: true },
  { name: 'without collision, kinematics, audit log', collision: false, kinematics: false, audit: false },
];

/** Its recorded decisions are judged once more. */
const WITHOUT_MODELS = 4;
/** How often. */
const ROUNDS_IN_A_ROW = 10;

/** Milliseconds of the collision check of each curve that was sent, both ways. */
interface SweepTimes {
  readonly swept: number[];
  readonly sampled: number[];
}

/**
 * What the guards of the simulated arm take for a chunk (1, 5, 7), from `submit` until the robot has taken it over: the
 * demo's policy picks blocks, all but the first of its chunks come in mid-motion, and every decision is recorded in a
 * file. The peer is what stands in for a collision check elsewhere, on its own: the same MuJoCo distances
 * at samples of the same curves, 5 mm of motion apart.
 */
export async function bench(): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-bench-'));
  try {
    return await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<BenchResult> {
  await using engine = await JetsonVLAEngine.load(fileURLToPath(DEFAULT_POLICY));
  using stage = new SimStage();
  const sweeps: SweepTimes = { swept: [], sampled: [] };
  const times = VARIANTS.map((): MotionTimes => ({ submit: [], tick: [] }));
  for (let scene = 1 - WARM_UP_SCENES; scene <= SCENES; scene++)
    for (const [at, variant] of VARIANTS.entries()) {
      const discarded = { motion: { submit: [], tick: [] }, sweeps: { swept: [], sampled: [] } };
      const counts = scene >= 1;
      await pick(stage, engine, scene + WARM_UP_SCENES, variant, {
        file: auditFile(folder, at, scene),
        motion: counts ? (times[at] ?? discarded.motion) : discarded.motion,
        sweeps: counts && at === 0 ? sweeps : discarded.sweeps,
      });
    }

  const files = Array.from({ length: SCENES }, (_, at) => auditFile(folder, WITHOUT_MODELS, at + 1));
  const inARow = await judgedInARow(files);

  const [us, them] = [quantiles(times[0]?.submit ?? []), quantiles(sweeps.sampled)];
  return {
    name: 'safety',
    unit: 'ms',
    ours: us,
    peer: { name: 'the collision check alone, sampled every 5 mm', ...them },
    others: [
      named('the collision check alone, swept', sweeps.swept),
      ...VARIANTS.slice(1).map(({ name }, at) => named(name, times[at + 1]?.submit ?? [])),
      named('the guards alone, no models, chunks in a row', inARow),
      named('a tick of a motion', times[0]?.tick ?? []),
    ],
    ratio: them.p50 / us.p50,
  };
}

function auditFile(folder: string, variant: number, scene: number): string {
  return path.join(folder, `${variant}-${scene}.jsonl`);
}

/** Milliseconds of each decision of the logs when nothing comes in between: code and data stay in the caches. */
async function judgedInARow(files: readonly string[]): Promise<number[]> {
  const decisions: Parameters<AuditJudge>[] = [];
  for (const file of files)
    await replayAudit(file, (...decision) => {
      decisions.push(decision);
      return replayDecision(...decision);
    });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS_IN_A_ROW; round++)
    for (const decision of decisions) {
      const start = performance.now();
      await replayDecision(...decision);
      times.push(performance.now() - start);
    }
  return times;
}

function named(name: string, times: readonly number[]): NamedQuantiles {
  return { name: `${name} (${times.length})`, ...quantiles(times) };
}

interface Records {
  readonly file: string;
  readonly motion: MotionTimes;
  readonly sweeps: SweepTimes;
}

/** One episode of the demo: a new chunk every two waypoints, in place of the rest of the last one. */
async function pick(
  stage: SimStage,
  engine: JetsonVLAEngine,
  seed: number,
  { collision, kinematics, audit }: Variant,
  { file, motion, sweeps }: Records,
): Promise<void> {
  stage.reset(createScene(seed));
  const { limits, collision: model, world } = stage;
  let sent: readonly TrajectoryPoint[] | undefined;
  const robot = watched(stage.robot, ({ points }) => {
    sent = points;
  });
  const checkBothWays = async () => {
    if (sent !== undefined) await timeChecks(sent, model, sweeps);
    sent = undefined;
  };
  using executor = new SafeVLAExecutor(robot, {
    limits,
    ...(collision && { collision: model }),
    ...ANY_ROBOT,
    ...(kinematics && { kinematics: model, workspace, maxTcpSpeed }),
    audit: audit && file,
    onWarning: () => {},
  });
  const policy = new InferenceDelay(engine, stage.robot.clock, INFERENCE_MS);
  const guards = new TimedMotion(executor, motion, checkBothWays);
  const instruction = plainInstruction(world.scene.blocks[0]?.color ?? 'red');
  const rate = new FixedRate(robot.clock, RATE_HZ);
  for (let chunks = 0; chunks < MAX_CHUNKS && liftedBlock(stage) === null; chunks++) {
    const chunk = await policy.infer(await robot.camera.capture(), instruction);
    const progress = executor.progressAt(chunk.capturedAt) + 1;
    await guards.submit({ chunk, waypoints: [...chunk], progress, instruction });
    for (let tick = 0; tick < TICKS_PER_CHUNK; tick++) {
      await rate.next();
      await guards.tick();
    }
  }
}

/** The robot, and what it is told to follow. */
function watched(robot: Robot, onFollow: (trajectory: JointTrajectory) => void): Robot {
  const { jointNames, clock, camera, gripper } = robot;
  return {
    jointNames,
    clock,
    camera,
    gripper,
    jointState: () => robot.jointState(),
    follow: (trajectory) => {
      onFollow(trajectory);
      return robot.follow(trajectory);
    },
    stop: () => robot.stop(),
  };
}

async function timeChecks(
  points: readonly TrajectoryPoint[],
  model: CollisionChecker,
  { swept, sampled }: SweepTimes,
): Promise<void> {
  const start = performance.now();
  await sweep(points, model, MARGINS);
  const between = performance.now();
  sampledCheck(points, model, MARGINS);
  sampled.push(performance.now() - between);
  swept.push(between - start);
}
