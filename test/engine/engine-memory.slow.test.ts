import { expect, it } from 'vitest';
import { model, runScript } from './fixtures.js';

it('infers 10,000 times in flat memory, refused and aborted calls included', async () => {
  const result = await runScript(
    `
    import { JetsonVLAEngine } from '../../lib/engine/jetson-vla-engine.js';
    const engine = await JetsonVLAEngine.load(${JSON.stringify(model('default-nchw'))}, { threads: 1, onWarning() {} });
    const image = { encoding: 'rgb8', width: 8, height: 8, data: new Uint8Array(192).fill(200) };
    const sentences = ['open', 'close', 'pick up the red block', 'pick up the blue block'];
    async function infer(times) {
      for (let index = 0; index < times; index++) {
        await engine.infer(image, sentences[index % sentences.length]);
        if (index % 10 !== 0) continue;
        await engine.infer(image, 'fail').catch(() => {});
        await engine.infer({ ...image, height: 9 }, 'open').catch(() => {});
        await engine.infer(image, 'open', { signal: AbortSignal.abort() }).catch(() => {});
        const abort = new AbortController();
        const running = engine.infer(image, 'open', { signal: abort.signal, deadlineMs: 60_000 }).catch(() => {});
        abort.abort();
        await running;
      }
    }
    async function memory() {
      for (let round = 0; round < 3; round++) {
        gc();
        await new Promise(setImmediate);
      }
      return process.memoryUsage();
    }
    await infer(3000);
    const before = await memory();
    await infer(10_000);
    const after = await memory();
    console.log(JSON.stringify(Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))));
    `,
    ['--expose-gc'],
  );
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const grown: Record<keyof NodeJS.MemoryUsage, number> = JSON.parse(result.stdout);
  // One leaked image tensor per call would be 768 bytes × 10,000 = 7.7 MB.
  expect(grown.arrayBuffers).toBeLessThan(200_000);
  expect(grown.external).toBeLessThan(200_000);
  expect(grown.heapUsed).toBeLessThan(1_500_000);
  expect(grown.rss).toBeLessThan(30_000_000);
});
