#!/usr/bin/env node
// prebuildify calls node-gyp (`rebuild --target=… --devdir=… --arch=… --release`) and then takes build/Release of
// its working directory. cmake-js reads --target as a CMake target, so of all that only the architecture is passed on.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const definitions = JSON.parse(process.env.JETSON_VLA_PREBUILD_DEFINITIONS ?? '[]');
const { status } = spawnSync(
  process.execPath,
  [
    path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js'),
    'rebuild',
    ...['--directory', fileURLToPath(new URL('../', import.meta.url))],
    ...['--out', path.resolve('build')],
    ...['--config', 'Release', '--parallel', String(os.availableParallelism()), '--log-level', 'warn'],
    ...process.argv.filter((argument) => argument.startsWith('--arch=')),
    ...definitions.map((definition) => `--CD${definition}`),
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
