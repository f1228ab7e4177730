import { describe, expect, it } from 'vitest';
import { runScript } from './fixtures.js';
import { ECHO, engineFile, standins } from './tensorrt-fixtures.js';

/** Ends ten worker threads in a row, each while the addon carries out `work` for it. */
async function endWorkers(work: string) {
  const { libraries } = standins();
  const file = JSON.stringify(await engineFile(ECHO));
  return runScript(`
    import { Worker } from 'node:worker_threads';
    import { addonFile, backendDirectory } from '../../lib/native/load-addon.js';
    const source = \`
      const { workerData: { addon, options }, parentPort } = require('node:worker_threads');
      const { Engine } = require(addon);
      setInterval(() => {}, 1000);
      ${work}\`;
    const libraries = { ...${JSON.stringify({ ...libraries, device: 0 })}, backendDirectory: backendDirectory() };
    const options = { libraries, file: ${file}, profile: 0,
      memory: 'auto', graph: true, priority: 'normal', wait: 'block', half: 'bits', hostCode: false };
    for (let round = 0; round < 10; round++) {
      const workerData = { addon: addonFile(), options };
      const worker = new Worker(source, { eval: true, execArgv: [], workerData });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
    }
    console.log('survived');`);
}

describe('a worker thread with a TensorRT engine', () => {
  it('may be terminated while it loads one', async () => {
    // Its own process.exit comes first, so that nothing is left to run when the load is through.
    const work = "Engine.load(options); parentPort.postMessage('loading'); process.exit();";
    expect(await endWorkers(work)).toEqual({ code: 0, signal: null, stdout: 'survived\n', stderr: '' });
  });

  it('may be terminated while it disposes of one', async () => {
    const work =
      "Engine.load(options).then((engine) => { engine.dispose(); parentPort.postMessage('disposing'); });";
    expect(await endWorkers(work)).toEqual({ code: 0, signal: null, stdout: 'survived\n', stderr: '' });
  });
});
