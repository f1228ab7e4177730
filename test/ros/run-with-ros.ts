import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { VLAError } from '../../lib/errors.js';
import { checkRosEnvironment, findRclnodejs } from '../../lib/ros/load-rclnodejs.js';

/** Runs the tests of the ROS bridge on the real rclnodejs: `npm run test:ros`, with files to run only these. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const VERSION = 'rclnodejs@^2.2.0';

function main(): number {
  try {
    checkRosEnvironment();
    if (!isInstalled()) install();
    findRclnodejs({ from: root });
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    process.stderr.write(`${error.message}\n  →\n    ${error.hint ?? ''}\n    npm run test:ros\n`);
    return 1;
  }
  const vitest = path.join(
    path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'vitest.slow.config.ts', ...filesToRun()],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, JETSON_VLA_TEST_ROS: '1' },
    },
  );
  return status ?? 1;
}

function isInstalled(): boolean {
  try {
    createRequire(path.join(root, 'package.json')).resolve('rclnodejs/package.json');
    return true;
  } catch {
    return false;
  }
}

/** Its postinstall makes the JavaScript of the interfaces and, where no prebuild fits, compiles: it must be let run. */
function install(): void {
  process.stdout.write(`installing ${VERSION} …\n`);
  const { status } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts=false', VERSION], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, npm_config_yes: 'true' },
  });
  if (status !== 0)
    throw new VLAError('ROS_UNAVAILABLE', `npm could not install ${VERSION}`, {
      hint: 'Its output above says why.',
    });
}

/** Without those that only the stand-in can provoke. */
function filesToRun(): string[] {
  const given = process.argv.slice(2);
  if (given.length > 0) return given;
  const folder = path.join(root, 'test', 'ros');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.fake.test.ts'))
    .map((file) => path.join('test', 'ros', file));
}

process.exitCode = main();
