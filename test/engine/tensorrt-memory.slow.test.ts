import { describe, expect, it } from 'vitest';
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import type { StandinEngine } from '../fakes/native/engine-file.js';
import { runScript } from './fixtures.js';
import { ECHO, engineFile, nonZero, POLICY, standins } from './tensorrt-fixtures.js';

const MIB = 1024 * 1024;

/** In a process of its own: what `body` adds to its resident memory when run again, in MiB. */
async function growth(body: (file: string) => string, engine: StandinEngine): Promise<number> {
  const { libraries } = standins();
  const { code, stdout, stderr } = await runScript(
    `
    import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
    import { TensorRTSession } from '../../lib/engine/tensorrt-session.js';
    const file = ${JSON.stringify(await engineFile(engine))};
    const libraries = ${JSON.stringify(libraries)};
    const settle = async () => {
      for (let round = 0; round < 5; round++) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return process.memoryUsage.rss();
    };
    ${body('file')}
    await work(0.5);
    const before = await settle();
    await work(1);
    console.log((await settle()) - before);
  `,
    // V8 enlarges the space of its young objects by 14 MiB at once, whenever it likes.
    ['--expose-gc', '--max-semi-space-size=1'],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return Number(stdout) / MIB;
}

describe('the memory of a process', () => {
  it('stays the same over 100,000 inferences', async () => {
    const grown = await growth(
      (file) => `
        const engine = await TensorRTEngine.load(${file}, libraries);
        const work = async (share) => {
          for (let run = 0; run < 50_000 * share; run++) await engine.infer();
          for (let run = 0; run < 50_000 * share; run++) engine.executeV2();
        };`,
      ECHO,
    );
    // A leak of 100 bytes a call would be twice this.
    expect(grown).toBeLessThan(5);
  });

  it('stays the same over 1,000 sessions that are loaded, used and disposed', async () => {
    const grown = await growth(
      (file) => `
        const work = async (share) => {
          for (let run = 0; run < 1000 * share; run++) {
            const session = await TensorRTSession.load(${file}, { tensorrt: libraries });
            const inputs = session.acquire({ image: [1, 8, 8, 3], text: [1, 1] });
            inputs.text.data.fill(1n);
            await session.run(inputs);
            await session.dispose();
          }
        };`,
      POLICY,
    );
    // A session that stayed would leave some 20 KiB; the stand-in's quarantine of freed memory breathes.
    expect(grown).toBeLessThan(12);
  });

  it('is all given back after loads that failed, whichever call failed', async () => {
    const { cuda, tensorrt, libraries } = standins();
    const file = await engineFile(ECHO);
    const cycle = async () => {
      const engine = await TensorRTEngine.load(file, {
        ...libraries,
        memory: 'staged',
        onWarning: () => {},
      });
      try {
        for (let run = 0; run < 3; run++) await engine.infer();
        engine.executeV2();
        engine.setInputShape('x', [9]);
        await engine.infer();
      } finally {
        await engine.dispose();
      }
    };
    const typed = (error: unknown) => {
      expect(error).toMatchObject({ name: 'VLAError', code: expect.any(String) });
      return 1;
    };
    await cycle();
    cuda.reset();
    tensorrt.reset();
    await cycle();
    const calls = { cuda: cuda.counters().totalCalls, tensorrt: tensorrt.counters().totalCalls };
    let failed = 0;
    for (const [what, total] of Object.entries(calls))
      for (let nth = 1; nth <= total; nth++) {
        if (what === 'cuda') cuda.fail('*', nth, 999);
        else tensorrt.fail('*', nth);
        failed += await cycle().then(() => 0, typed);
        expect({ nth, ...nonZero(cuda.counters().live) }).toEqual({ nth });
        expect({ nth, ...nonZero(tensorrt.counters().live) }).toEqual({ nth });
      }
    expect(failed).toBeGreaterThan(40);
    cuda.reset();
    tensorrt.reset();
    await cycle();
  });
});
