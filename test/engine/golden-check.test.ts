import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JetsonVLAEngine, type LoadOptions } from '../../lib/engine/jetson-vla-engine.js';
import { frame, writeBundle } from './bundle.js';
import { referenceActions } from './fixtures.js';

async function load(path: string, options: LoadOptions = {}) {
  const engine = await JetsonVLAEngine.load(path, { threads: 1, onWarning: () => {}, ...options });
  onTestFinished(() => engine.dispose());
  return engine;
}

/** What the bundle's policy does with a red frame and "close": the second joint of the bundle is in degrees. */
function golden(changes: object = {}) {
  const { data, ...image } = frame([255, 0, 0]);
  const actions = referenceActions([1, 0, 0, 2 / 16]).map((value, index) => {
    if (index % 7 === 6) return Math.min(Math.max(value, 0), 1);
    return index % 7 === 1 ? (value * Math.PI) / 180 : value;
  });
  return {
    images: { wrist: { ...image, data: Buffer.from(data).toString('base64') } },
    instruction: 'close',
    tokenIds: [2],
    actionChunk: Array.from({ length: 5 }, (_, step) => actions.slice(step * 7, step * 7 + 7)),
    ...changes,
  };
}

describe('the golden observations of a bundle', () => {
  it('load when they are reproduced, and leave the numbering of chunks alone', async () => {
    const engine = await load(await writeBundle({ golden: [golden(), golden()] }));
    expect(engine.warnings).toEqual([]);
    expect((await engine.infer(frame(), 'open')).sequence).toBe(0);
  });

  it.each([
    [
      'actions',
      { actionChunk: golden().actionChunk.map((row) => row.map((value) => -value)) },
      /action_chunk: maxAbs \d\.\d+ of 0\.01 allowed, cosine -\d\.\d+ of 0\.999/,
    ],
    ['token ids', { tokenIds: [3] }, /token_ids: maxAbs 1\.000 of 0 allowed/],
    ['a shape', { actionChunk: [[0, 0, 0]] }, /action_chunk: maxAbs Infinity/],
    [
      'an observation that cannot be run',
      { instruction: 'fail' },
      /cannot be run on it.*out of data bounds/s,
    ],
    ['an observation without its frame', { images: {} }, /cannot be run on it.*"wrist"/s],
  ])('refuse to load when %s differ, and leave no thread behind', async (_name, changes, message) => {
    const directory = await writeBundle({ golden: [golden(), golden(changes)] });
    const created = once(process, 'worker');
    await expect(load(directory)).rejects.toMatchObject({
      code: 'GOLDEN_MISMATCH',
      message: expect.stringMatching(message),
    });
    const [worker] = (await created) as [Worker];
    expect(worker.threadId).toBe(-1);
  });

  it('warn instead when that is wanted, and the engine runs', async () => {
    const said: string[] = [];
    const directory = await writeBundle({ golden: [golden({ tokenIds: [3] })] });
    const engine = await load(directory, { golden: 'warn', onWarning: (text) => said.push(text) });
    expect(engine.warnings).toEqual([
      expect.stringContaining('golden-0.json: the model does not reproduce it'),
    ]);
    expect(said).toEqual([`fixture: ${engine.warnings[0]}`]);
    expect((await engine.infer(frame(), 'open')).horizon).toBe(5);
  });

  it('are not run when that is wanted', async () => {
    const engine = await load(await writeBundle({ golden: [golden({ tokenIds: [3] })] }), { golden: 'skip' });
    expect(engine.warnings).toEqual([]);
  });
});
