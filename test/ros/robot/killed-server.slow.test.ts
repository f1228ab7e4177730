import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import { TrajectoryFollower } from '../../../lib/ros/robot/trajectory-follower.js';
import { joinOneGraph } from '../e2e/one-graph.js';
import { newGraph, type TestGraph, until } from '../harness.js';

const ACTION = 'arm/follow_joint_trajectory';
const SERVER = fileURLToPath(new URL('../servers/joint-trajectory-process.ts', import.meta.url));
/** Promised is one second; the rest is for a machine that is busy with other things. */
const GRACE_MS = 3000;

let broker: { close(): Promise<void> };
let graph: TestGraph;
const children: ChildProcess[] = [];

beforeAll(async () => {
  broker = await joinOneGraph();
  graph = newGraph();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  graph.dispose();
  await broker.close();
});

async function serverProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', SERVER, graph.namespace, ACTION], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function following(name: string) {
  const node = await graph.node(name);
  const time = new RosTime(node, { useSimTime: false });
  const follower = new TrajectoryFollower(node, time, {
    action: ACTION,
    jointNames: ['a'],
    serverTimeoutMs: 1000,
    measured: async () => [0],
  });
  const stopped = () =>
    follower.stop().then(
      () => true,
      () => false,
    );
  const child = await serverProcess();
  await until(async () => follower.available && (await stopped()));
  const rest = { velocities: [0], accelerations: [0] };
  await follower.follow({
    startMs: time.clock.now(),
    points: [
      { timeS: 0, positions: [0], ...rest },
      { timeS: 60, positions: [1], ...rest },
    ],
  });
  return { follower, child, stopped };
}

it.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a controller whose process gets a %s in mid-motion is noticed, and needs to answer a stop before all is well',
  async (signal) => {
    const { follower, child, stopped } = await following(`bridge_${signal}`);
    const struckAt = performance.now();
    child.kill(signal);
    await until(() => follower.fault !== undefined);
    expect(performance.now() - struckAt).toBeLessThan(1000 + GRACE_MS);
    await expect(follower.stop()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    expect(follower.fault).toMatchObject({ code: 'ROS_TIMEOUT' });

    if (signal === 'SIGSTOP') child.kill('SIGCONT');
    else await serverProcess();
    await until(stopped);
    expect(follower.fault).toBeUndefined();
    follower.dispose();
    for (const each of children.splice(0)) each.kill('SIGKILL');
  },
);

it('a bridge that was held up itself does not take the controller for dead', async () => {
  const { follower } = await following('bridge');
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let times = 0; times < 4; times++) {
    await sleep(260);
    Atomics.wait(never, 0, 0, 700);
  }
  await sleep(800);
  expect(follower.fault).toBeUndefined();
  await follower.stop();
  follower.dispose();
});
