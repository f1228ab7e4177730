// npm run build:prebuild -- --arch arm64 -D JETSON_VLA_FETCH_TENSORRT_HEADERS=ON
// Makes prebuilds/linux-<arch> with prebuildify and checks it; another processor than this machine's is cross-compiled.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prebuildProblems } from './prebuild-problems.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch },
    /** The directory that gets prebuilds/. */
    out: { type: 'string', default: root },
    /** NAME=VALUE for CMake. */
    define: { type: 'string', short: 'D', multiple: true, default: [] },
    'allow-standin': { type: 'boolean', default: false },
  },
});
const { arch } = values;
if (arch !== 'x64' && arch !== 'arm64') throw new Error(`--arch is "${arch}"; expected x64 or arm64`);

const definitions = [...values.define];
let stripProgram = 'strip';
if (arch !== process.arch) {
  if (arch !== 'arm64') throw new Error(`${arch} is cross-compiled from nowhere; run this on ${arch}`);
  const toolchain = path.join(root, 'native', 'toolchains', 'aarch64-linux-gnu.cmake');
  definitions.push(`CMAKE_TOOLCHAIN_FILE=${toolchain}`);
  stripProgram = 'aarch64-linux-gnu-strip';
}

// A tree of its own: cmake-js deletes the one it builds in, and build/ is the developer's.
const workingDirectory = path.join(root, 'build', `prebuild-${arch}`);
const prebuilds = path.join(path.resolve(values.out), 'prebuilds');
mkdirSync(workingDirectory, { recursive: true });
// prebuildify adds to what is there, such as a backend of an earlier run.
rmSync(path.join(prebuilds, `linux-${arch}`), { recursive: true, force: true });

const prebuildify = path.join(
  path.dirname(createRequire(import.meta.url).resolve('prebuildify/package.json')),
  'bin.js',
);
const { status } = spawnSync(
  process.execPath,
  [
    prebuildify,
    '--napi',
    '--strip',
    ...['--strip-bin', stripProgram],
    ...['--name', 'jetson-vla', '--platform', 'linux', '--arch', arch],
    ...['--cwd', workingDirectory, '--out', path.resolve(values.out)],
    ...['--node-gyp', path.join(root, '.ci', 'cmake-js-as-node-gyp.mjs')],
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, JETSON_VLA_PREBUILD_DEFINITIONS: JSON.stringify(definitions) },
  },
);
if (status !== 0) process.exit(status ?? 1);

const problems = prebuildProblems(prebuilds, {
  required: [`linux-${arch}`],
  allowStandin: values['allow-standin'],
});
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else process.stdout.write(`checked: ${path.join(prebuilds, `linux-${arch}`)}\n`);
