import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot, packageVersion } from '../../lib/native/package-root.js';

function jetsonVla(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const main = path.join(packageRoot, 'lib', 'cli', 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    cwd: packageRoot,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'build-native-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

describe('jetson-vla', () => {
  it('lists its commands', () => {
    for (const args of [[], ['--help'], ['-h']]) {
      const { status, stdout } = jetsonVla(args);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage: jetson-vla <command>/);
      expect(stdout).toContain('  build-native  ');
    }
  });

  it('tells its version', () => {
    expect(jetsonVla(['--version'])).toMatchObject({ status: 0, stdout: `${packageVersion()}\n` });
  });

  it.each(['explode', 'toString', '--frobnicate'])('refuses %s, which is no command', (name) => {
    const { status, stdout, stderr } = jetsonVla([name]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`jetson-vla has no command "${name}"`);
    expect(stderr).toContain('build-native');
  });
});

describe('jetson-vla build-native', () => {
  it('explains itself', () => {
    const { status, stdout } = jetsonVla(['build-native', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('--tensorrt-include DIR');
    expect(stdout).toContain('apt-get install');
  });

  it('refuses an option that it does not have', () => {
    const { status, stderr } = jetsonVla(['build-native', '--tensorrt', 'x']);
    expect(status).toBe(2);
    expect(stderr).toContain('INVALID_ARGUMENT');
    expect(stderr).toContain('--tensorrt');
    expect(stderr).toContain('jetson-vla build-native --help');
  });

  it('refuses a directory without the headers', () => {
    const directory = temporaryDirectory();
    const { status, stderr } = jetsonVla(['build-native', '--tensorrt-include', directory]);
    expect(status).toBe(2);
    expect(stderr).toContain('INVALID_ARGUMENT');
    expect(stderr).toContain(directory);
    expect(stderr).toContain('libnvinfer-headers-dev');
  });

  it("refuses the tests' stand-in headers", () => {
    const standins = path.join(packageRoot, 'test', 'fakes', 'native', 'include');
    const { status, stderr } = jetsonVla(['build-native', '--tensorrt-include', standins]);
    expect(status).toBe(1);
    expect(stderr).toContain('STANDIN_BUILD');
  });

  it('names the package to install when CMake or the compiler is missing', () => {
    const headers = temporaryDirectory();
    writeFileSync(path.join(headers, 'NvInfer.h'), '');
    writeFileSync(path.join(headers, 'NvInferVersion.h'), '');
    const programs = temporaryDirectory();
    const env = { ...process.env, PATH: programs };
    const build = () => jetsonVla(['build-native', '--tensorrt-include', headers], env);
    expect(build().stderr).toMatch(/CMake is needed[\s\S]*apt-get install cmake/);
    writeFileSync(path.join(programs, 'cmake'), '', { mode: 0o755 });
    expect(build().stderr).toMatch(/A C\+\+17 compiler is needed[\s\S]*apt-get install g\+\+/);
    writeFileSync(path.join(programs, 'g++'), '', { mode: 0o755 });
    const { status, stderr } = build();
    expect(stderr).toMatch(/make is needed[\s\S]*apt-get install make/);
    expect(status).toBe(1);
  });

  it('shows what the build said when it fails, and keeps the addon that was there', () => {
    const headers = temporaryDirectory();
    writeFileSync(path.join(headers, 'NvInfer.h'), '');
    writeFileSync(
      path.join(headers, 'NvInferVersion.h'),
      ['MAJOR 7', 'MINOR 1', 'PATCH 3'].map((part) => `#define NV_TENSORRT_${part}\n`).join(''),
    );
    const release = path.join(packageRoot, 'build', 'Release');
    const before = existsSync(release) ? readdirSync(release) : undefined;
    const { status, stderr } = jetsonVla(['build-native', '--tensorrt-include', headers]);
    expect(status).toBe(1);
    expect(stderr).toContain('ADDON_UNAVAILABLE');
    expect(stderr).toContain('headers of TensorRT 7.1.3');
    expect(existsSync(release) ? readdirSync(release) : undefined).toEqual(before);
  });
});
