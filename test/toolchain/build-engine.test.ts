import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import { type BuildProgress, buildEngine } from '../../lib/toolchain/build-engine.js';
import { rejectionOf } from '../policy/error-of.js';
import { buildPlace, expectNothingLeft } from './standins.js';

const pickModel = fileURLToPath(new URL('../../examples/policies/pick/model.onnx', import.meta.url));

describe.each(['8.6', '10.16', '11.1'] as const)('buildEngine with TensorRT %s', (version) => {
  it('builds the pick policy into an engine that loads and runs', async () => {
    const place = await buildPlace(version);
    const { libraries } = place;
    await copyFile(pickModel, place.onnx);
    const built = await buildEngine(place.onnx, { libraries }).result;
    expect(built.path).toBe(place.engine);
    expect(await place.files()).toEqual(['model.engine', 'model.engine.json', 'model.onnx']);

    const engine = await TensorRTEngine.load(built.path, libraries);
    expect(Object.keys(engine.inputs).sort()).toEqual(['image', 'text']);
    expect(engine.inputs['image']?.shape).toEqual([1, 3, 128, 128]);
    expect(await engine.infer()).toBeGreaterThanOrEqual(0);
    await engine.dispose();
    expectNothingLeft(place);
  });

  it('reports progress from the first phase to the end, inner phases inside of outer ones', async () => {
    const { onnx, libraries } = await buildPlace(version);
    const seen: BuildProgress[] = [];
    const build = buildEngine(onnx, { libraries });
    for await (const progress of build) seen.push(progress);
    await build.result;

    const [first] = seen;
    expect(first).toMatchObject({ phase: 'Building engine', step: 0 });
    expect(seen.at(-1)).toMatchObject({ phase: 'Building engine', step: seen.at(-1)?.steps });
    const started = new Set<string>();
    for (const { phase, parent, step } of seen) {
      if (parent !== undefined) expect(started).toContain(parent);
      if (step === 0) started.add(phase);
      expect(started).toContain(phase);
    }
    // TensorRT 8 builds in one piece.
    if (version !== '8.6') expect(started.size).toBe(3);
  });

  it('builds for the shapes of each optimisation profile', async () => {
    const { onnx, libraries } = await buildPlace(version, {
      inputs: [{ name: 'x', shape: ['batch', 'length'] }],
    });
    const profiles = [{ x: { min: [1, 1], opt: [1, 16], max: [1, 64] } }, { x: [8, 8] }];
    const { passport } = await buildEngine(onnx, { libraries, profiles }).result;
    expect(passport.inputs).toEqual([
      {
        name: 'x',
        dtype: 'float32',
        shape: [-1, -1],
        location: 'device',
        profiles: [
          { min: [1, 1], opt: [1, 16], max: [1, 64] },
          { min: [8, 8], opt: [8, 8], max: [8, 8] },
        ],
      },
    ]);
  });
});

describe('buildEngine', () => {
  it('hands every option to TensorRT', async () => {
    const { onnx, libraries } = await buildPlace('10.16');
    const { path } = await buildEngine(onnx, {
      libraries,
      precision: ['int8', 'fp16'],
      tf32: false,
      workspaceMiB: 3,
      optimisationLevel: 4,
      versionCompatible: true,
      hardwareCompatible: true,
    }).result;
    const engine = await TensorRTEngine.load(path, { ...libraries, hostCode: true });
    const inspected = engine.inspect();
    await engine.dispose();
    for (const said of [
      '"precisions":["fp16","int8"]',
      '"tf32":false',
      `"workspaceBytes":${3 * 1024 * 1024}`,
      '"optimisationLevel":4',
      '"versionCompatible":true',
      '"hardwareCompatible":true',
    ])
      expect(inspected.replaceAll(/\\"/g, '"')).toContain(said);
  });

  it('needs nobody to take its progress', async () => {
    const { onnx, libraries, engine } = await buildPlace('10.16');
    expect((await buildEngine(onnx, { libraries }).result).path).toBe(engine);
  });

  it('goes on when the loop over its progress is left', async () => {
    const { onnx, libraries, engine, tensorrt } = await buildPlace('10.16');
    tensorrt.setBuildStepMs(5);
    const build = buildEngine(onnx, { libraries });
    for await (const { step } of build) {
      expect(step).toBe(0);
      break;
    }
    expect((await build.result).path).toBe(engine);
  });

  it('gives a slow consumer the start and the newest step of each phase, not everything in between', async () => {
    const { onnx, libraries } = await buildPlace('10.16');
    const build = buildEngine(onnx, { libraries });
    await build.result;
    const seen: string[] = [];
    for await (const { phase, step, steps } of build) seen.push(`${phase} ${step}/${steps}`);
    expect(seen).toEqual([
      'Building engine 0/3',
      'Graph optimization 0/4',
      'Graph optimization 4/4',
      'Tactic selection 0/5',
      'Tactic selection 5/5',
      'Building engine 3/3',
    ]);
  });

  it('leaves the event loop free while TensorRT works', async () => {
    const { onnx, libraries, tensorrt } = await buildPlace('10.16');
    tensorrt.setBuildStepMs(20);
    const build = buildEngine(onnx, { libraries });
    let isBuilding = true;
    const over = build.result.finally(() => {
      isBuilding = false;
    });
    let turns = 0;
    for (; isBuilding; turns++) await sleep(1);
    await over;
    expect(turns).toBeGreaterThan(12);
  });

  it('replaces an engine of the same name, and its passport with it', async () => {
    const place = await buildPlace('10.16');
    const { onnx, engine, libraries } = place;
    await writeFile(engine, 'an older engine');
    await writeFile(`${engine}.json`, 'its passport');
    const { passport } = await buildEngine(onnx, { libraries }).result;
    expect(JSON.parse(await readFile(`${engine}.json`, 'utf8'))).toEqual(passport);
    expect((await readFile(engine)).length).toBe(passport.bytes);
    expect(await place.files()).toEqual(['model.engine', 'model.engine.json', 'model.onnx']);
  });

  it('runs several builds at once', async () => {
    const place = await buildPlace('10.16');
    const { onnx, directory, libraries } = place;
    const names = ['a', 'b', 'c'].map((name) => join(directory, `${name}.engine`));
    const built = await Promise.all(names.map((output) => buildEngine(onnx, { libraries, output }).result));
    expect(built.map(({ path }) => path)).toEqual(names);
    expectNothingLeft(place);
  });

  it('does not load the addon when the package is imported', async () => {
    const script = `
      await import('./lib/index.ts');
      const loaded = process.report.getReport().sharedObjects.filter((file) => /jetson|nvinfer/.test(file));
      process.stdout.write(JSON.stringify(loaded));
    `;
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stdout).toBe('[]');
  });

  it('has the loop over its progress throw what ended the build', async () => {
    const { directory } = await buildPlace('10.16');
    const build = buildEngine(join(directory, 'missing.onnx'));
    const loop = async () => {
      for await (const progress of build) throw new Error(`unexpected ${progress.phase}`);
    };
    expect((await rejectionOf(loop())).code).toBe('BUNDLE_NOT_FOUND');
    expect((await rejectionOf(build.result)).code).toBe('BUNDLE_NOT_FOUND');
  });
});
