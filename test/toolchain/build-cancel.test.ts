import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VLAError } from '../../lib/errors.js';
import { addonFile, backendDirectory } from '../../lib/native/load-addon.js';
import { buildEngine } from '../../lib/toolchain/build-engine.js';
import { runScript } from '../engine/fixtures.js';
import { rejectionOf } from '../policy/error-of.js';
import { type BuildPlace, buildPlace, expectNothingLeft, STANDINS } from './standins.js';

describe('cancelling a build', () => {
  it.each(['10.16', '11.1'] as const)(
    'ends it at the next step of TensorRT %s and leaves nothing',
    async (version) => {
      const place = await buildPlace(version);
      const { onnx, libraries, tensorrt } = place;
      tensorrt.setBuildStepMs(20);
      const controller = new AbortController();
      const build = buildEngine(onnx, { libraries, signal: controller.signal });
      const seen: string[] = [];
      const loop = async () => {
        for await (const { phase } of build) {
          seen.push(phase);
          if (phase === 'Graph optimization') controller.abort();
        }
      };
      expect((await rejectionOf(loop())).code).toBe('ABORTED');
      expect((await rejectionOf(build.result)).code).toBe('ABORTED');
      expect(seen).not.toContain('Tactic selection');
      expect(await place.files()).toEqual(['model.onnx']);
      expectNothingLeft(place);
    },
  );

  it('leaves no engine where TensorRT 8 has to finish first', async () => {
    const place = await buildPlace('8.6');
    const { onnx, libraries, tensorrt } = place;
    tensorrt.setBuildStepMs(10);
    const controller = new AbortController();
    const build = buildEngine(onnx, { libraries, signal: controller.signal });
    const loop = async () => {
      for await (const _ of build) controller.abort();
    };
    expect((await rejectionOf(loop())).code).toBe('ABORTED');
    expect(await place.files()).toEqual(['model.onnx']);
    expectNothingLeft(place);
  });

  it('does not start it with a signal that has fired, and gives the reason if that is one of ours', async () => {
    const place = await buildPlace('10.16');
    const reason = new VLAError('DISPOSED', 'the robot went home');
    const signal = AbortSignal.abort(reason);
    expect(await rejectionOf(buildEngine(place.onnx, { libraries: place.libraries, signal }).result)).toBe(
      reason,
    );
    expect(place.tensorrt.counters().calls['IBuilder::createNetworkV2'] ?? 0).toBe(0);
  });

  it('forgets the signal once it is done', async () => {
    const { onnx, libraries, engine } = await buildPlace('10.16');
    const controller = new AbortController();
    const { path } = await buildEngine(onnx, { libraries, signal: controller.signal }).result;
    controller.abort();
    expect(path).toBe(engine);
  });
});

/** A worker thread that drives the native build itself, so that nothing but the addon can clean up. */
function buildInWorker({ onnx, directory, libraries }: BuildPlace, script: string): Worker {
  const flags = 'fp16 bf16 int8 fp8 tf32 stronglyTyped versionCompatible hardwareCompatible'.split(' ');
  const options = {
    libraries: { ...libraries, backendDirectory: backendDirectory(), device: 0 },
    onnx,
    stagedFile: `${directory}/.staged`,
    ...Object.fromEntries(flags.map((flag) => [flag, false])),
    profiles: [],
  };
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { addon, options } = workerData;
    const build = (onProgress) => require(addon).buildEngine({ ...options, onProgress });
    ${script}
  `;
  const worker = new Worker(source, { eval: true, workerData: { addon: addonFile(), options } });
  onTestFinished(() => void worker.terminate());
  return worker;
}

describe('the end of the environment in mid-build', () => {
  /** Starts a build that takes its time in another process, and does `act` once it is in its second phase. */
  const endWith = async (act: string, version: '8.6' | '10.16') => {
    const place = await buildPlace(version);
    const { onnx, libraries, directory } = place;
    const stepMs = version === '8.6' ? 50 : 200;
    const result = await runScript(`
      import { buildEngine } from '../../lib/toolchain/build-engine.ts';
      import { StandinTensorRT } from '../fakes/native/control.ts';
      const tensorrt = new StandinTensorRT(${JSON.stringify(STANDINS)}, ${JSON.stringify(version)});
      tensorrt.setBuildStepMs(${stepMs});
      const build = buildEngine(${JSON.stringify(onnx)}, { libraries: ${JSON.stringify(libraries)} });
      for await (const { phase } of build) {
        // Runs after the listener of the build, which has waited for TensorRT's threads.
        process.on('exit', () => console.log('left over:', Object.values(tensorrt.counters().live).some(Boolean)));
        console.log('building:', Object.values(tensorrt.counters().live).some(Boolean));
        ${act};
      }
    `);
    expect(result.stdout).toContain('building: true');
    expect(result.stdout).toContain('left over: false');
    expect(await readdir(directory)).toEqual(['model.onnx']);
    return result;
  };

  it.each(['8.6', '10.16'] as const)(
    'process.exit() ends the process cleanly, with TensorRT %s',
    async (version) => {
      expect(await endWith('process.exit(7)', version)).toMatchObject({ code: 7, signal: null });
    },
  );

  it('an uncaught error ends the process cleanly', async () => {
    const { code, signal, stderr } = await endWith(
      `setImmediate(() => { throw new Error('boom') })`,
      '10.16',
    );
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('boom');
  });

  it('terminating the worker thread that builds is safe for the process', async () => {
    const place = await buildPlace('10.16');
    place.tensorrt.setBuildStepMs(20);
    const worker = buildInWorker(place, `build(() => parentPort.postMessage('progress'))`);
    await once(worker, 'message');
    await worker.terminate();
    // The build is over when the worker is: its thread has been waited for.
    expectNothingLeft(place);
    expect(await place.files()).toEqual(['model.onnx']);
    const { path } = await buildEngine(place.onnx, { libraries: place.libraries }).result;
    expect(path).toBe(place.engine);
  });

  it('a worker that ends with an engine not yet published takes it along', async () => {
    const place = await buildPlace('10.16');
    const worker = buildInWorker(
      place,
      `build(() => {}).result.then(() => parentPort.postMessage('built')); setInterval(() => {}, 1000);`,
    );
    await once(worker, 'message');
    expect(await place.files()).toEqual(['.staged', 'model.onnx']);
    await worker.terminate();
    expect(await place.files()).toEqual(['model.onnx']);
  });
});
