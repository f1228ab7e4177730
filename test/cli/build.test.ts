import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { packageRoot } from '../../lib/native/package-root.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import type { StandinVersion } from '../fakes/native/engine-file.js';
import { buildPlace, STANDINS } from '../toolchain/standins.js';
import type { OnnxGraph } from '../toolchain/write-onnx.js';
import { jetsonVla } from './run-program.js';

/** Runs `jetson-vla build` beside a small model, with the stand-in TensorRT. */
async function commandPlace(version: StandinVersion = '10.16', graph?: OnnxGraph) {
  const place = await buildPlace(version, graph);
  const { nvinfer = '', onnxParser = '', cuda = '' } = place.libraries;
  const libraries = {
    JETSON_VLA_NVINFER: nvinfer,
    JETSON_VLA_NVONNXPARSER: onnxParser,
    JETSON_VLA_CUDA: cuda,
  };
  const run = (args: readonly string[]) => {
    for (const [name, library] of Object.entries(libraries)) vi.stubEnv(name, library);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    return jetsonVla('build', ...args);
  };
  const start = (args: readonly string[], preload: readonly string[] = []) => {
    const command = [...preload, '--import', 'tsx', join(packageRoot, 'lib/cli/main.ts'), 'build'];
    const child = spawn(process.execPath, [...command, ...args], {
      cwd: packageRoot,
      env: { ...process.env, NODE_OPTIONS: '', ...libraries },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...output }));
    return { child, ended };
  };
  return { ...place, run, start };
}

describe('jetson-vla build', () => {
  it('builds an engine beside the model and shows the phases as lines where there is no terminal', async () => {
    const { run, onnx, engine, files } = await commandPlace();
    const { status, stdout, stderr } = await run([onnx, '--fp16']);
    expect(stderr).toBe('Building engine\n  Graph optimization\n  Tactic selection\n');
    expect(stdout).toContain(`Built ${engine}`);
    expect(stdout).toContain('not compared with ONNX Runtime: ');
    expect(stdout).toContain('TensorRT 10.16.0 on Stand-in Orin');
    expect(status).toBe(0);
    expect(await files()).toEqual(['model.engine', 'model.engine.json', 'model.onnx']);
  });

  it('prints one JSON document, and hands on every option', async () => {
    const graph = { inputs: [{ name: 'x', shape: ['n', 'length'] }] };
    const { run, onnx, directory, libraries } = await commandPlace('10.16', graph);
    const output = join(directory, 'other.plan');
    const timings = join(directory, 'timings');
    const { status, stdout } = await run([
      ...[onnx, '--json', '--output', output, '--fp16', '--int8', '--no-tf32', '--workspace', '32'],
      ...[
        '--optimisation-level',
        '2',
        '--version-compatible',
        '--hardware-compatible',
        '--timing-cache',
        timings,
      ],
      ...[
        '--profile',
        'x=1x1:2x2:3x3',
        '--profile',
        'x=8x8',
        '--device',
        '0',
        '--nvinfer',
        `${libraries.nvinfer}`,
      ],
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      path: output,
      passportPath: `${output}.json`,
      passport: {
        options: {
          precision: ['fp16', 'int8'],
          tf32: false,
          workspaceMiB: 32,
          optimisationLevel: 2,
          versionCompatible: true,
          hardwareCompatible: true,
        },
        inputs: [
          {
            name: 'x',
            profiles: [
              { min: [1, 1], opt: [2, 2], max: [3, 3] },
              { min: [8, 8], opt: [8, 8], max: [8, 8] },
            ],
          },
        ],
      },
      warnings: [],
    });
    expect((await readFile(timings)).length).toBeGreaterThan(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 at %s and leaves nothing', async (signal) => {
    const { start, onnx, files } = await commandPlace();
    const slow = `
      const control = require(${JSON.stringify(join(STANDINS, 'control', 'standin_control.node'))});
      control.tensorrtSetBuildStepMs(process.env.JETSON_VLA_NVINFER, 100);
    `;
    const script = join(await temporaryDirectory(), 'slow.cjs');
    await writeFile(script, slow);
    const { child, ended } = start([onnx], ['--require', script]);
    await once(child.stderr, 'data');
    child.kill(signal);
    const { code, stderr, stdout } = await ended;
    expect(stderr).toContain('Stopping');
    expect(stderr).toContain('ABORTED');
    expect(stdout).toBe('');
    expect(code).toBe(130);
    expect(await files()).toEqual(['model.onnx']);
  });

  it('ends with 1 and the reason when the model cannot be built', async () => {
    const graph = { inputs: [{ name: 'x', shape: [1] }], nodes: [{ name: 'warp', op: 'UnsupportedWarp' }] };
    const { run, onnx, files } = await commandPlace('11.1', graph);
    const { status, stdout, stderr } = await run([onnx]);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/ENGINE_BUILD_FAILED.*UnsupportedWarp/);
    expect(await files()).toEqual(['model.onnx']);
  });

  it('ends with 2 and a way to help when its arguments are wrong', async () => {
    const { status, stderr } = await jetsonVla('build');
    expect(status).toBe(2);
    expect(stderr).toMatch(/got none.*→.*build --help/s);
  });
});
