import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../lib/native/package-root.js';
import { MACHINE_ARM64, writeElf } from './write-elf.js';

/** A copy of the repository without its builds, in which prebuilds can be made up. */
let checkout: string;
beforeAll(() => {
  checkout = mkdtempSync(path.join(os.tmpdir(), 'packaging-'));
  const parts = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'CMakeLists.txt', 'CHANGELOG.md'];
  for (const name of [...parts, 'lib', 'native', 'python', '.ci', 'README.md', 'LICENSE', '.gitignore'])
    cpSync(path.join(packageRoot, name), path.join(checkout, name), { recursive: true });
  const bytecode = path.join(checkout, 'python', 'jetson_vla_tools', '__pycache__');
  mkdirSync(bytecode, { recursive: true });
  writeFileSync(path.join(bytecode, 'protocol.cpython-312.pyc'), '');
  symlinkSync(path.join(packageRoot, 'node_modules'), path.join(checkout, 'node_modules'));
  mkdirSync(path.join(checkout, 'test'));
  writeElf(path.join(checkout, 'test', 'libnvinfer.so'), {});
});
afterAll(() => {
  rmSync(checkout, { recursive: true, force: true });
});

function addPrebuild(backend: string): void {
  const directory = path.join(checkout, 'prebuilds', 'linux-arm64');
  mkdirSync(directory, { recursive: true });
  writeElf(path.join(directory, 'jetson-vla.node'), { machine: MACHINE_ARM64 });
  writeElf(path.join(directory, 'jetson_vla_trt10.so'), { machine: MACHINE_ARM64, text: backend });
}

function npm(...args: readonly string[]) {
  return spawnSync('npm', args, { cwd: checkout, encoding: 'utf8' });
}

describe('npm pack', () => {
  it('ships what a user needs to run and to compile the addon, and nothing of the tests', () => {
    addPrebuild('real');
    const { status, stdout, stderr } = npm('pack', '--dry-run', '--json', '--silent');
    expect(status, stderr).toBe(0);
    // What npm run build prints stands before the JSON.
    const listing: [{ files: { path: string }[] }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
    const files = listing[0].files.map((file) => file.path);
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/cli/main.js',
        'dist/native/load-addon.js',
        'prebuilds/linux-arm64/jetson-vla.node',
        'prebuilds/linux-arm64/jetson_vla_trt10.so',
        'CMakeLists.txt',
        'native/addon.cpp',
        'native/cmake/TensorRTHeaders.cmake',
        'native/tensorrt/CMakeLists.txt',
        'native/tensorrt/cuda_shim/cuda_runtime_api.h',
        'dist/ros/stop-motion.js',
        'lib/ros/package/jetson_vla/package.xml',
        'python/jetson_vla_tools/__main__.py',
        'python/pyproject.toml',
        'python/requirements.lock',
      ]),
    );
    // The ROS package is no TypeScript: it ships from where it lies.
    const foreign =
      /^(test|\.ci|build|examples|lib(?!\/ros\/package)|python(?!\/(jetson_vla_tools\/|pyproject|requirements\.lock)))\/|NvInfer|__pycache__/;
    expect(files.filter((file) => foreign.test(file))).toEqual([]);
  });

  it('fails while a prebuild was compiled against the stand-in headers', () => {
    addPrebuild('jetson-vla:standin-headers');
    const { status, stderr } = npm('pack', '--dry-run');
    expect(status).not.toBe(0);
    expect(stderr).toContain('STANDIN_BUILD');
  });
});

describe('npm publish', () => {
  it('fails while the prebuild of a platform is missing', () => {
    addPrebuild('real');
    const { status, stderr } = npm('run', 'prepublishOnly');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/linux-x64: missing/);
    expect(stderr).not.toMatch(/linux-arm64/);
  });
});
