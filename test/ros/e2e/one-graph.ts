import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startBroker } from '../../fakes/rclnodejs/graph/broker.js';
import { BROKER_VARIABLE } from '../../fakes/rclnodejs/graph/graph.js';
import { onRealRos } from '../rcl-under-test.js';

/**
 * Joins this process and its children to one graph: with the stand-in by its broker, which lives in this process. Call it
 * before the first node is made.
 */
export async function joinOneGraph(): Promise<{ close(): Promise<void> }> {
  if (onRealRos) return { close: async () => {} };
  const socketPath = path.join(await mkdtemp(path.join(tmpdir(), 'ros-')), 'broker');
  const broker = await startBroker(socketPath);
  process.env[BROKER_VARIABLE] = socketPath;
  return broker;
}
