import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRclnodejs, type Rcl, RosNode } from 'jetson-vla/ros';
import { CleanupStack } from '../lib/ros/node/cleanup-stack.js';
import type { BenchResult, NamedQuantiles } from './bench-result.js';
import { quantiles } from './quantiles.js';
import { type GoalTimes, goalTimes } from './ros/goal-times.js';
import { LatencySide } from './ros/latency-side.js';
import { modelTime, writePixelPolicy } from './ros/pixel-policy.js';
import { newPlace, type Place } from './ros/place.js';
import { rclpyPython } from './ros/rclpy-python.js';
import type { SideProcess } from './ros/side-process.js';
import { perFrameNode, seedNode, vlaNode } from './ros/sides.js';

/** The sides take turns, so that a busy machine slows all. */
const ROUNDS = 10;
const FRAMES_PER_ROUND = 100;
const WARM_UP_FRAMES = 15;
const TIMER_HZ = 100;
const GOAL_FRAMES = 900;
const IMAGE = { width: 640, height: 480 };

interface Side {
  readonly name: string;
  readonly frames: LatencySide;
  /** The p50 of its model alone, ms. */
  readonly modelMs: number;
  readonly latencies: number[];
  missed: number;
}

/**
 * From the stamp of a camera frame to what a node publishes for it, without the time of the model: 640×480 bgr8 at 30 Hz,
 * best effort, from this process to a node in another, and its `vla/actions` back to this one. The model passes a mark of
 * the frame through to the actions, by which the two are matched; its own p50 in the runtime of that side, tensors ready,
 * is taken off. What our node's worker thread adds to it is not: that is ours.
 *
 * The peer is the Python node that this project began with; seed_node.py says what had to change. Both it and ours look at
 * the newest frame when a timer fires, and most of their latency is the wait for that. So in `ours`, `peer` and their
 * `ratio`, of p50, each frame is answered at once: on our side by the parts of the node that only publishes, called by
 * the camera. Among the others are both nodes on a timer of 100 Hz, the wait of up to 10 ms included, ours as
 * `jetson-vla ros --execute=false`; and ours moving an arm on the same timer, with all guards, a collision model and the
 * watchdog, until a trajectory controller in this process has the goal for a frame.
 *
 * @throws VLAError ROS_UNAVAILABLE without a sourced ROS 2. Where rclpy or what the peer needs is missing, there is no peer.
 */
export async function bench(): Promise<BenchResult & { readonly missedFrames: Record<string, number> }> {
  const rcl = await loadRclnodejs();
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-bench-'));
  try {
    const bundle = await writePixelPolicy(folder);
    const sides = await latencies(rcl, bundle, folder);
    const goals = await goalTimes(
      rcl,
      bundle,
      { rateHz: TIMER_HZ, frames: GOAL_FRAMES, image: IMAGE },
      newPlace(folder),
    );
    return report(sides, goals, await modelTime());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ours and, if it is there, the peer: first those that answer each frame, then those with a timer. */
async function latencies(rcl: Rcl, bundle: string, folder: string): Promise<readonly Side[]> {
  await using cleanup = new CleanupStack();
  const node = await RosNode.create(rcl, { name: 'bench' });
  cleanup.add(() => node.dispose());
  const modelMs = await modelTime();
  const sides: Side[] = [];
  const add = (name: string, process: SideProcess, { namespace }: Place, itsModelMs: number) => {
    const frames = new LatencySide(node, namespace, process, IMAGE);
    cleanup.add(() => frames[Symbol.asyncDispose]());
    sides.push({ name, frames, modelMs: itsModelMs, latencies: [], missed: 0 });
  };

  const [ours, oursTimed] = [newPlace(folder), newPlace(folder)];
  add('jetson-vla, an inference for each frame', perFrameNode(bundle, ours), ours, modelMs);
  const options = ['--execute=false', `--inference-rate-hz=${TIMER_HZ}`];
  add(`jetson-vla ros, timer of ${TIMER_HZ} Hz`, vlaNode(bundle, options, oursTimed), oursTimed, modelMs);
  const python = await rclpyPython();
  if (python !== undefined)
    for (const periodS of [0, 1 / TIMER_HZ]) {
      const theirs = newPlace(folder);
      const { process, used, modelMs } = await seedNode(python, periodS, theirs);
      const how = periodS === 0 ? 'an inference for each frame' : `timer of ${TIMER_HZ} Hz`;
      add(`${used}, ${how}`, process, theirs, modelMs);
    }

  for (let round = -1; round < ROUNDS; round++)
    for (const side of sides) {
      const { latencies, missed } = await side.frames.turn(FRAMES_PER_ROUND, WARM_UP_FRAMES);
      if (round < 0) continue;
      side.latencies.push(...latencies.map((ms) => ms - side.modelMs));
      side.missed += missed;
    }
  return sides;
}

function report(
  sides: readonly Side[],
  { goal, trajectory, between, missed }: GoalTimes,
  modelMs: number,
): Awaited<ReturnType<typeof bench>> {
  const [ours, oursTimed, peer, peerTimed] = sides.map(({ name, latencies }) => named(name, latencies));
  if (ours === undefined || oursTimed === undefined) throw new Error('our sides are missing');
  const without = (times: readonly number[]) => times.map((ms) => ms - modelMs);
  return {
    name: 'ros',
    unit: 'ms',
    ours,
    peer: peer ?? null,
    others: [
      oursTimed,
      ...(peerTimed ? [peerTimed] : []),
      named('jetson-vla ros with guards: goal at the controller', without(goal)),
      named('the same until vla/trajectory', without(trajectory)),
      named('from vla/trajectory to the goal', between),
    ],
    ratio: peer ? peer.p50 / ours.p50 : null,
    missedFrames: Object.fromEntries([
      ...sides.map(({ name, missed }) => [name, missed]),
      ['jetson-vla ros with guards', missed],
    ]),
  };
}

function named(name: string, times: readonly number[]): NamedQuantiles {
  return { name: `${name} (${times.length})`, ...quantiles(times) };
}
