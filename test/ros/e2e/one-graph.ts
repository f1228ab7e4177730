import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startBroker } from '../../fakes/rclnodejs/graph/broker.js';
import { BROKER_VARIABLE } from '../../fakes/rclnodejs/graph/graph.js';
import { fakeRosInstallation } from '../../fakes/ros-installation.js';
import { onRealRos } from '../rcl-under-test.js';

/**
 * Joins this process and those that it starts to one graph. With the stand-in that is a broker in this process, and for
 * the others an installation of ROS that has the stand-in in it. Call it before the first node is made.
 */
export async function joinOneGraph(): Promise<{ close(): Promise<void> }> {
  if (onRealRos) return { close: async () => {} };
  const directory = mkdtempSync(path.join(tmpdir(), 'ros-'));
  const broker = await startBroker(path.join(directory, 'broker'));
  Object.assign(process.env, fakeRosInstallation(directory), { [BROKER_VARIABLE]: broker.socketPath });
  installForPlainNode(path.join(directory, 'modules', 'rclnodejs'));
  return {
    close: async () => {
      await broker.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** For the watchdog's process, which has no loader for TypeScript. */
function installForPlainNode(root: string): void {
  const entry = new URL('./stand-in.js', import.meta.url).href;
  writeFileSync(path.join(root, 'index.js'), `export { default } from ${JSON.stringify(entry)};\n`);
  const manifest = { name: 'rclnodejs', version: '2.2.0', type: 'module', main: './index.js' };
  writeFileSync(path.join(root, 'package.json'), JSON.stringify(manifest));
}
