import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prebuildProblems } from '../../.ci/prebuild-problems.js';
import { packageRoot } from '../../lib/native/package-root.js';

/** Made by `npm run build:prebuild -- --arch arm64 --out build/cross --allow-standin`, as .ci/run does. */
const prebuilds = path.join(packageRoot, 'build', 'cross', 'prebuilds');
const directory = path.join(prebuilds, 'linux-arm64');

function canRunArm64(): boolean {
  try {
    execFileSync('qemu-aarch64-static', ['-version'], { stdio: 'ignore' });
    execFileSync('aarch64-linux-gnu-gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Lazily, because the addon's calls into Node have nobody to answer them here.
const LOADER = `
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* library = dlopen(argv[1], RTLD_LAZY | RTLD_LOCAL);
  if (!library || !dlsym(library, argv[2])) { puts(dlerror()); return 1; }
  return argc == 3 ? 0 : 2;
}
`;

describe.skipIf(!existsSync(directory) || !canRunArm64())('the cross-compiled arm64 addon', () => {
  it('is fit for a Jetson: architecture, glibc floor, libraries', () => {
    expect(prebuildProblems(prebuilds, { required: ['linux-arm64'], allowStandin: true })).toEqual([]);
  });

  it('loads on an emulated arm64 processor, and each backend does', () => {
    const temporary = mkdtempSync(path.join(os.tmpdir(), 'arm64-'));
    onTestFinished(() => {
      rmSync(temporary, { recursive: true, force: true });
    });
    const program = path.join(temporary, 'load');
    writeFileSync(`${program}.c`, LOADER);
    execFileSync('aarch64-linux-gnu-gcc', ['-o', program, `${program}.c`, '-ldl']);
    const backends = readdirSync(directory).filter((name) => name.endsWith('.so'));
    expect(backends).not.toEqual([]);
    for (const [name, symbol] of [
      ['jetson-vla.node', 'napi_register_module_v1'],
      ...backends.map((backend) => [backend, 'jetson_vla_tensorrt_backend']),
    ]) {
      const args = ['-L', '/usr/aarch64-linux-gnu', program, path.join(directory, `${name}`), `${symbol}`];
      expect(() => execFileSync('qemu-aarch64-static', args, { stdio: 'pipe' }), name).not.toThrow();
    }
  });
});
