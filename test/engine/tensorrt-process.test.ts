import { beforeAll, describe, expect, it } from 'vitest';
import { runScript } from './fixtures.js';
import { ECHO, engineFile, standins } from './tensorrt-fixtures.js';

/** What the scripts begin with: an engine that takes 400 ms, and the imports. */
let prelude = '';

beforeAll(() => {
  const { libraries } = standins();
  prelude = `
    import { setTimeout } from 'node:timers/promises';
    import { Worker } from 'node:worker_threads';
    import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
    const load = (file) => TensorRTEngine.load(file, ${JSON.stringify(libraries)});
  `;
});

async function run(body: (file: string) => string, flags: readonly string[] = []) {
  const file = JSON.stringify(await engineFile({ ...ECHO, delayMs: 400 }));
  return runScript(`${prelude}\n${body(file)}`, flags);
}

const quiet = { code: 0, signal: null, stderr: '' };

describe('a process with a TensorRT engine', () => {
  it('ends by itself when the script forgets to dispose', async () => {
    expect(await run((file) => `await load(${file}); console.log('end');`)).toMatchObject({
      ...quiet,
      stdout: 'end\n',
    });
  });

  it('stays alive until a running inference has its result', async () => {
    const result = await run(
      (file) => `const engine = await load(${file}); void engine.infer().then(() => console.log('result'));`,
    );
    expect(result).toMatchObject({ ...quiet, stdout: 'result\n' });
  });

  it('does not crash when process.exit ends it in mid-inference, and ends only after it', async () => {
    const result = await run(
      (file) => `
        const engine = await load(${file});
        void engine.infer();
        await setTimeout(50);
        const at = performance.now();
        process.on('exit', () => console.log(performance.now() - at > 200 ? 'after' : 'before'));
        process.exit(7);`,
    );
    expect(result).toMatchObject({ code: 7, signal: null, stdout: 'after\n', stderr: '' });
  });

  it('does not crash when an uncaught error ends it in mid-inference', async () => {
    const result = await run(
      (file) => `
        const engine = await load(${file});
        void engine.infer();
        await setTimeout(50);
        throw new Error('on purpose');`,
    );
    expect(result).toMatchObject({ code: 1, signal: null });
    expect(result.stderr).toContain('on purpose');
  });

  it('does not crash when it ends while an engine loads or is disposed', async () => {
    expect(await run((file) => `void load(${file}); await setTimeout(5); process.exit(3);`)).toMatchObject({
      code: 3,
      signal: null,
      stderr: '',
    });
    expect(
      await run((file) => `const engine = await load(${file}); void engine.dispose(); process.exit(4);`),
    ).toMatchObject({ code: 4, signal: null, stderr: '' });
  });

  it('warns once, with the place where it was made, about an engine that was collected without dispose', async () => {
    const result = await run(
      (file) => `
        async function forgetful() { const engine = await load(${file}); engine.executeV2(); }
        await forgetful();
        for (let round = 0; round < 20; round++) { globalThis.gc(); await setTimeout(20); }
        console.log('alive');`,
      ['--expose-gc'],
    );
    expect(result).toMatchObject({ code: 0, signal: null, stdout: 'alive\n' });
    expect(result.stderr.match(/garbage collected without dispose/g)).toHaveLength(1);
    expect(result.stderr).toContain('JETSON_VLA_LEAK');
    expect(result.stderr).toMatch(/forgetful/);
  });

  it('keeps the memory of a view that outlives its collected engine', async () => {
    const result = await run(
      (file) => `
        const view = await (async () => (await load(${file})).inputs.x.data)();
        for (let round = 0; round < 20; round++) { globalThis.gc(); await setTimeout(20); }
        view.fill(3);
        console.log(view.length, view[3]);`,
      ['--expose-gc'],
    );
    expect(result).toMatchObject({ code: 0, signal: null, stdout: '4 3\n' });
  });

  it('runs engines of two copies of the addon side by side', async () => {
    const { libraries } = standins();
    const result = await run(
      (file) => `
        import { createRequire } from 'node:module';
        const { addonFile, backendDirectory } = await import('../../lib/native/load-addon.js');
        const require = createRequire(addonFile());
        const options = { libraries: { ...${JSON.stringify({ ...libraries, device: 0 })},
          backendDirectory: backendDirectory() }, file: ${file}, profile: 0,
          memory: 'auto', graph: true, priority: 'normal', wait: 'block', half: 'bits', hostCode: false };
        const first = require(addonFile());
        delete require.cache[addonFile()];
        const second = require(addonFile());
        console.log(first === second);
        const engines = await Promise.all([first, second].map(({ Engine }) => Engine.load(options)));
        engines.push(await load(${file}));
        await Promise.all(engines.map((engine) => engine.infer()));
        await Promise.all(engines.map((engine) => engine.dispose()));
        console.log('done');`,
    );
    expect(result).toMatchObject({ ...quiet, stdout: 'false\ndone\n' });
  });

  it('loads the addon in worker threads too, and survives their end in mid-inference', async () => {
    const { libraries } = standins();
    const result = await run(
      (file) => `
        const source = \`
          const { workerData, parentPort } = require('node:worker_threads');
          require(workerData.addon).Engine.load(workerData.options).then(async (engine) => {
            const running = engine.infer();
            parentPort.postMessage('running');
            await running;
            parentPort.postMessage('done');
          });\`;
        const { addonFile, backendDirectory } = await import('../../lib/native/load-addon.js');
        const libraries = { ...${JSON.stringify({ ...libraries, device: 0 })}, backendDirectory: backendDirectory() };
        const options = { libraries, file: ${file}, profile: 0,
          memory: 'auto', graph: true, priority: 'normal', wait: 'block', half: 'bits', hostCode: false };
        const start = () => new Worker(source, { eval: true, execArgv: [], workerData: { options, addon: addonFile() } });
        const seen = (worker, text) => new Promise((resolve, reject) => {
          worker.on('message', (message) => { if (message === text) resolve(); });
          worker.on('error', reject);
        });
        const terminated = start();
        await seen(terminated, 'running');
        await terminated.terminate();
        const finished = start();
        await seen(finished, 'done');
        await finished.terminate();
        const engine = await load(${file});
        await engine.infer();
        await engine.dispose();
        console.log('survived');`,
    );
    expect(result).toMatchObject({ ...quiet, stdout: 'survived\n' });
  });
});
