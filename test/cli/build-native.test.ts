import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { packageRoot } from '../../lib/native/package-root.js';
import { jetsonVla } from './run-program.js';

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'build-native-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

describe('jetson-vla build-native', () => {
  it('refuses an option that it does not have', async () => {
    const { status, stderr } = await jetsonVla('build-native', '--tensorrt', 'x');
    expect(status).toBe(2);
    expect(stderr).toContain('INVALID_ARGUMENT');
    expect(stderr).toContain('--tensorrt');
    expect(stderr).toContain('jetson-vla build-native --help');
  });

  it('refuses a directory without the headers', async () => {
    const directory = temporaryDirectory();
    const { status, stderr } = await jetsonVla('build-native', '--tensorrt-include', directory);
    expect(status).toBe(2);
    expect(stderr).toContain('INVALID_ARGUMENT');
    expect(stderr).toContain(directory);
    expect(stderr).toContain('libnvinfer-headers-dev');
  });

  it("refuses the tests' stand-in headers", async () => {
    const standins = path.join(packageRoot, 'test', 'fakes', 'native', 'include');
    const { status, stderr } = await jetsonVla('build-native', '--tensorrt-include', standins);
    expect(status).toBe(1);
    expect(stderr).toContain('STANDIN_BUILD');
  });

  it('names the package to install when CMake or the compiler is missing', async () => {
    const headers = temporaryDirectory();
    writeFileSync(path.join(headers, 'NvInfer.h'), '');
    writeFileSync(path.join(headers, 'NvInferVersion.h'), '');
    const programs = temporaryDirectory();
    vi.stubEnv('PATH', programs);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const build = () => jetsonVla('build-native', '--tensorrt-include', headers);
    expect((await build()).stderr).toMatch(/CMake is needed[\s\S]*apt-get install cmake/);
    writeFileSync(path.join(programs, 'cmake'), '', { mode: 0o755 });
    expect((await build()).stderr).toMatch(/A C\+\+17 compiler is needed[\s\S]*apt-get install g\+\+/);
    writeFileSync(path.join(programs, 'g++'), '', { mode: 0o755 });
    const { status, stderr } = await build();
    expect(stderr).toMatch(/make is needed[\s\S]*apt-get install make/);
    expect(status).toBe(1);
  });

  it('shows what the build said when it fails, and keeps the addon that was there', async () => {
    const headers = temporaryDirectory();
    writeFileSync(path.join(headers, 'NvInfer.h'), '');
    writeFileSync(
      path.join(headers, 'NvInferVersion.h'),
      ['MAJOR 7', 'MINOR 1', 'PATCH 3'].map((part) => `#define NV_TENSORRT_${part}\n`).join(''),
    );
    const release = path.join(packageRoot, 'build', 'Release');
    const before = existsSync(release) ? readdirSync(release) : undefined;
    const { status, stderr } = await jetsonVla('build-native', '--tensorrt-include', headers);
    expect(status).toBe(1);
    expect(stderr).toContain('ADDON_UNAVAILABLE');
    expect(stderr).toContain('headers of TensorRT 7.1.3');
    expect(existsSync(release) ? readdirSync(release) : undefined).toEqual(before);
  });
});
