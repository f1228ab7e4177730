/**
 * An app that moves the simulated arm in real time through the safety executor, with a watchdog if it is told to. It
 * takes its orders from standard input and tells on standard output what happens, one line each.
 */
import { createInterface } from 'node:readline';
import {
  ActionChunk,
  type JointTrajectory,
  type Robot,
  SafeVLAExecutor,
  type StopModule,
  systemClock,
  VLAError,
  Watchdog,
} from 'jetson-vla';
import { JOINT_NAMES } from '../../../examples/sim/pick-world.js';
import { GUARDS } from '../../../examples/sim/safety.js';
import { createScene } from '../../../examples/sim/scene.js';
import { SimStage } from '../../../examples/sim/stage.js';

export interface GuardedAppOptions {
  readonly watchdog?: { readonly stop: StopModule; readonly timeoutMs: number };
}

const options: GuardedAppOptions = JSON.parse(process.argv[2] ?? '{}');
// Pipes are written at once, so what was said is said even if the process dies next.
const say = (line: string) => process.stdout.write(`${line}\n`);

const stage = new SimStage({ imageSize: 16 });
stage.reset(createScene(1));
const sim = stage.robot;
const startedAt = systemClock.now();
const now = () => systemClock.now() - startedAt;

/** The world catches up with the time before anybody asks or tells. */
const robot: Robot = {
  jointNames: sim.jointNames,
  clock: { now, sleep: systemClock.sleep },
  camera: sim.camera,
  gripper: sim.gripper,
  jointState: async () => {
    sim.clock.advanceTo(now());
    return sim.jointState();
  },
  follow: async (trajectory: JointTrajectory) => {
    sim.clock.advanceTo(now());
    say(`sent ${JSON.stringify(trajectory)}`);
    await sim.follow(trajectory);
  },
  stop: async () => {
    sim.clock.advanceTo(now());
    say('stopped');
    await sim.stop();
  },
};

const watchdog = options.watchdog && (await Watchdog.start(options.watchdog));
const executor = new SafeVLAExecutor(robot, {
  limits: stage.limits,
  collision: stage.collision,
  kinematics: stage.collision,
  ...GUARDS,
  // A machine that is busy with other tests is no fault.
  maxJointAgeMs: 60_000,
  maxImageAgeMs: 60_000,
  maxChunkAgeMs: 60_000,
  audit: false,
  onWarning: () => {},
  ...(watchdog && { watchdog }),
});

let sequence = 0;

/** Ten seconds of slow motion. */
async function go(): Promise<void> {
  const { positions } = await robot.jointState();
  const rows = Array.from({ length: 50 }, (_, k) => [
    ...positions.map((value, joint) => value + (joint === 0 ? 0.01 * (k + 1) : 0)),
    0,
  ]);
  const chunk = new ActionChunk({
    data: Float32Array.from(rows.flat()),
    dims: [
      ...JOINT_NAMES.map((name) => ({ name, kind: 'joint' as const, unit: 'rad' })),
      { name: 'gripper', kind: 'gripper' as const, unit: 'unit' },
    ],
    secondsPerWaypoint: 0.2,
    capturedAt: now(),
    sequence: ++sequence,
  });
  const passed = setInterval(() => {
    if (executor.progressAt(now()) > 2) say('moving');
  }, 50);
  const outcome = await executor.execute(chunk);
  clearInterval(passed);
  say(`ended ${outcome.outcome} ${outcome.reason?.code ?? ''}`);
  if (executor.latched) say(`latched ${executor.latched.code}`);
}

const attempt = async (what: string, work: () => Promise<void> | undefined) => {
  try {
    await work();
    say(what);
  } catch (error) {
    say(`${what} refused ${error instanceof VLAError ? error.code : String(error)}`);
  }
};

const orders: Record<string, () => void> = {
  go: () => void go(),
  spin: () => {
    for (;;);
  },
  exit: () => process.exit(0),
  crash: () => {
    throw new Error('crashed as ordered');
  },
  'reset executor': () => void attempt('executor reset', () => executor.reset()),
  'reset watchdog': () => void attempt('watchdog reset', () => watchdog?.reset()),
};

createInterface({ input: process.stdin }).on('line', (order) => orders[order]?.());
say(`limits ${JSON.stringify(stage.limits)}`);
say('ready');
