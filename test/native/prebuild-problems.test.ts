import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prebuildProblems } from '../../.ci/prebuild-problems.js';
import { type ElfContents, MACHINE_ARM64, MACHINE_X64, writeElf } from './write-elf.js';

const RULES = { required: [], allowStandin: false };
let prebuilds: string;
beforeEach(() => {
  prebuilds = mkdtempSync(path.join(os.tmpdir(), 'prebuilds-'));
  add('linux-x64', 'jetson-vla.node');
  add('linux-x64', 'jetson_vla_trt10.so');
});
afterEach(() => {
  rmSync(prebuilds, { recursive: true, force: true });
});

function add(platform: string, name: string, contents: ElfContents = {}): string {
  const directory = path.join(prebuilds, platform);
  mkdirSync(directory, { recursive: true });
  writeElf(path.join(directory, name), {
    machine: platform.endsWith('arm64') ? MACHINE_ARM64 : MACHINE_X64,
    needed: ['libstdc++.so.6', 'libc.so.6'],
    requiredVersions: ['GLIBC_2.35', 'GLIBCXX_3.4.30', 'GLIBC_2.4'],
    ...contents,
  });
  return path.join(directory, name);
}

describe('prebuildProblems', () => {
  it('passes an addon with its backend', () => {
    expect(prebuildProblems(prebuilds, RULES)).toEqual([]);
  });

  it('passes where nothing was prebuilt, unless a platform is required', () => {
    const none = path.join(prebuilds, 'none');
    expect(prebuildProblems(none, RULES)).toEqual([]);
    expect(prebuildProblems(none, { ...RULES, required: ['linux-arm64'] })).toEqual([
      `${path.join(none, 'linux-arm64')}: missing`,
    ]);
  });

  it('refuses a binary of another processor', () => {
    const file = add('linux-arm64', 'jetson-vla.node', { machine: MACHINE_X64 });
    add('linux-arm64', 'jetson_vla_trt10.so');
    expect(prebuildProblems(prebuilds, RULES)).toEqual([
      `${file}: expected a binary for arm64, got one for x64`,
    ]);
  });

  it.each(['GLIBC_2.36', 'GLIBCXX_3.4.31', 'CXXABI_1.3.14', 'GLIBC_3.0'])(
    'refuses a binary that needs %s, newer than Ubuntu 22.04 has',
    (version) => {
      const file = add('linux-x64', 'jetson-vla.node', { requiredVersions: [version] });
      expect(prebuildProblems(prebuilds, RULES)).toEqual([
        expect.stringMatching(`${file}: needs ${version}, newer than the .* of Ubuntu 22.04`),
      ]);
    },
  );

  it.each(['libnvinfer.so.10', 'libcuda.so.1', 'libcudart.so.12', 'libasan.so.8'])(
    'refuses a binary that is linked with %s',
    (library) => {
      const file = add('linux-x64', 'jetson-vla.node', { needed: ['libc.so.6', library] });
      expect(prebuildProblems(prebuilds, RULES)).toEqual([`${file}: is linked with ${library}`]);
    },
  );

  it('refuses a backend from the stand-in headers, and lets CI have one', () => {
    const file = add('linux-x64', 'jetson_vla_trt10.so', { text: '\0jetson-vla:standin-headers\0' });
    expect(prebuildProblems(prebuilds, RULES)).toEqual([expect.stringContaining(`${file}: STANDIN_BUILD`)]);
    expect(prebuildProblems(prebuilds, { ...RULES, allowStandin: true })).toEqual([]);
  });

  it.each(['libnvinfer.so.10', 'libcuda.so', 'README'])('refuses %s beside the addon', (name) => {
    const file = add('linux-x64', name);
    expect(prebuildProblems(prebuilds, RULES)).toEqual([
      `${file}: does not belong into a prebuild; only the addon and its backends do`,
    ]);
  });

  it('refuses a second addon, none, and one of another name', () => {
    const directory = path.join(prebuilds, 'linux-x64');
    add('linux-x64', 'other.node');
    expect(prebuildProblems(prebuilds, RULES)).toEqual([
      `${directory}: expected exactly one addon, jetson-vla.node; found jetson-vla.node, other.node`,
    ]);
    rmSync(path.join(directory, 'jetson-vla.node'));
    expect(prebuildProblems(prebuilds, RULES)).toHaveLength(1);
    rmSync(path.join(directory, 'other.node'));
    expect(prebuildProblems(prebuilds, RULES)).toEqual([
      `${directory}: expected exactly one addon, jetson-vla.node; found none`,
    ]);
  });

  it('refuses an addon without a backend, an empty file and an unknown platform', () => {
    rmSync(path.join(prebuilds, 'linux-x64', 'jetson_vla_trt10.so'));
    writeFileSync(path.join(prebuilds, 'linux-x64', 'jetson-vla.node'), '');
    mkdirSync(path.join(prebuilds, 'darwin-arm64'));
    expect(prebuildProblems(prebuilds, RULES).toSorted()).toEqual([
      `${path.join(prebuilds, 'darwin-arm64')}: not one of linux-x64, linux-arm64`,
      `${path.join(prebuilds, 'linux-x64', 'jetson-vla.node')}: not an ELF file`,
      `${path.join(prebuilds, 'linux-x64')}: has no TensorRT backend`,
    ]);
  });
});
