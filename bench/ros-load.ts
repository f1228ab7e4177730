import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRclnodejs, type Rcl, RosNode } from 'jetson-vla/ros';
import type { BenchResult, NamedQuantiles } from './bench-result.js';
import { quantiles } from './quantiles.js';
import { CAMERA_HZ } from './ros/camera.js';
import { LatencySide } from './ros/latency-side.js';
import { writePixelPolicy } from './ros/pixel-policy.js';
import { newPlace, type Place } from './ros/place.js';
import { cpuSeconds, residentMb } from './ros/process-usage.js';
import { rclpyPython } from './ros/rclpy-python.js';
import type { SideProcess } from './ros/side-process.js';
import { seedNode, vlaNode } from './ros/sides.js';

/** Ours, whose memory is watched as well, and each of the others. */
const LONG_S = 300;
const SHORT_S = 30;
const WARM_UP_FRAMES = 3 * CAMERA_HZ;
const VGA = { width: 640, height: 480 };
const FULL_HD = { width: 1920, height: 1080 };

interface Memory {
  readonly firstMb: number;
  readonly lastMb: number;
}

interface Load {
  readonly cpu: NamedQuantiles;
  readonly memory: Memory;
}

/**
 * Share of a core that a node takes, per second, in percent, with an inference for each frame of a camera of 30 Hz: `jetson-vla ros
 * --execute=false` on a timer of 30 Hz, and as the peer the seed's Python node on one, with a model that costs next to nothing.
 * The rows are 640×480 and 1920×1080, bgr8. `memoryMb` is what was resident in the first and in the last second, ours of
 * five minutes. `ratio` is of p50.
 *
 * @throws VLAError ROS_UNAVAILABLE without a sourced ROS 2. Where rclpy or what the peer needs is missing, there is no peer.
 */
export async function bench(): Promise<BenchResult & { readonly memoryMb: Record<string, Memory> }> {
  const rcl = await loadRclnodejs();
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-bench-'));
  try {
    return await measure(rcl, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(rcl: Rcl, folder: string): ReturnType<typeof bench> {
  const bundle = await writePixelPolicy(folder);
  const options = ['--execute=false', `--inference-rate-hz=${CAMERA_HZ}`];
  const ours = async (place: Place) => vlaNode(bundle, options, place);
  const loads = [
    await load(rcl, folder, 'jetson-vla ros, 640×480', VGA, LONG_S, ours),
    await load(rcl, folder, 'jetson-vla ros, 1920×1080', FULL_HD, SHORT_S, ours),
  ];
  const python = await rclpyPython();
  if (python !== undefined) {
    const theirs = async (place: Place) => (await seedNode(python, 1 / CAMERA_HZ, place)).process;
    loads.push(
      await load(rcl, folder, 'Python (rclpy), 640×480', VGA, SHORT_S, theirs),
      await load(rcl, folder, 'Python (rclpy), 1920×1080', FULL_HD, SHORT_S, theirs),
    );
  }
  const [vga, fullHd, peer, peerFullHd] = loads.map(({ cpu }) => cpu);
  if (vga === undefined || fullHd === undefined) throw new Error('our sides are missing');
  return {
    name: 'ros-load',
    unit: '%',
    ours: vga,
    peer: peer ?? null,
    others: [fullHd, ...(peerFullHd ? [peerFullHd] : [])],
    ratio: peer ? peer.p50 / vga.p50 : null,
    memoryMb: Object.fromEntries(loads.map(({ cpu, memory }) => [cpu.name, memory])),
  };
}

async function load(
  rcl: Rcl,
  folder: string,
  name: string,
  image: { readonly width: number; readonly height: number },
  seconds: number,
  start: (place: Place) => Promise<SideProcess>,
): Promise<Load> {
  using node = await RosNode.create(rcl, { name: 'bench' });
  const place = newPlace(folder);
  await using side = new LatencySide(node, place.namespace, await start(place), image);
  const shares: number[] = [];
  const resident: number[] = [];
  let watching: NodeJS.Timeout | undefined;
  const watch = () => {
    let before = { cpuS: cpuSeconds(side.pid), atMs: performance.now() };
    watching = setInterval(() => {
      const now = { cpuS: cpuSeconds(side.pid), atMs: performance.now() };
      shares.push((100_000 * (now.cpuS - before.cpuS)) / (now.atMs - before.atMs));
      resident.push(residentMb(side.pid));
      before = now;
    }, 1000);
  };
  try {
    await side.turn(seconds * CAMERA_HZ, WARM_UP_FRAMES, watch);
  } finally {
    clearInterval(watching);
  }
  return {
    cpu: { name, ...quantiles(shares) },
    memory: { firstMb: resident[0] ?? Number.NaN, lastMb: resident.at(-1) ?? Number.NaN },
  };
}
