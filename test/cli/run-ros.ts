import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { ROOT, type ScriptResult } from '../examples/run-script.js';
import { fakeInstallation } from '../ros/fake-installation.js';

/** The stand-in for rclnodejs. */
export const STAND_IN = fileURLToPath(new URL('../fakes/rclnodejs/index.ts', import.meta.url));

/** `jetson-vla ros …` in a process of its own, with `module` behind the package rclnodejs, in an environment for it. */
export function startRos(
  module: string,
  args: readonly string[],
  onOutput: (output: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<ScriptResult> {
  const { env, project } = fakeInstallation(module);
  const NODE_PATH = path.join(project, 'node_modules');
  return runRos({ ...env, NODE_PATH, JETSON_VLA_FAKE_ROS_LOG: '1' }, args, onOutput);
}

/** The same in this environment and nothing else. */
export function runRos(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  onOutput: (output: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<ScriptResult> {
  const { PATH, XDG_STATE_HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', 'ros', ...args], {
    cwd: ROOT,
    env: { PATH, XDG_STATE_HOME, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  const tell = () => onOutput(stdout + stderr, (signal) => child.kill(signal));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tell();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
