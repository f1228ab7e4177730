import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

it.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a controller whose process gets a %s in mid-motion is noticed, and needs to answer a stop before all is well',
  async (signal) => {
    const node = await graph.node(`bridge_${signal}`);
    const time = new RosTime(node, { useSimTime: false });
    using follower = new TrajectoryFollower(node, time, {
      action: ACTION,
      jointNames: ['a'],
      serverTimeoutMs: 1000,
      measured: async () => [0],
    });
    const child = await serverProcess();
    const stopped = () =>
      follower.stop().then(
        () => true,
        () => false,
      );
    await until(async () => follower.available && (await stopped()));
    const rest = { velocities: [0], accelerations: [0] };
    await follower.follow({
      startMs: time.clock.now(),
      points: [
        { timeS: 0, positions: [0], ...rest },
        { timeS: 60, positions: [1], ...rest },
      ],
    });
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
    for (const each of children.splice(0)) each.kill('SIGKILL');
  },
);
