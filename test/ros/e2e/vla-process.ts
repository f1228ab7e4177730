/** The node in a process of its own: `vla-process.ts --ros-args …`. Ends in order at SIGINT and SIGTERM. */
import { VLAError } from '../../../lib/errors.js';
import { runVLANode } from '../../../lib/ros/node/run-vla-node.js';
import { onRealRos, rcl } from '../rcl-under-test.js';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());

async function rclnodejs(): Promise<string> {
  if (!onRealRos) return new URL('./stand-in.js', import.meta.url).href;
  const { findRclnodejs } = await import('../../../lib/ros/load-rclnodejs.js');
  return findRclnodejs();
}

try {
  await runVLANode({
    rcl,
    rclnodejs: await rclnodejs(),
    args: process.argv.slice(2),
    signal: interrupt.signal,
  });
} catch (error) {
  if (!(error instanceof VLAError) || error.code !== 'ABORTED') throw error;
}
