import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { observationLine, readObservations } from '../../lib/policy/observation-file.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { errorOf, rejectionOf } from './error-of.js';

const numbered = (state: number) => observationLine({ images: {}, state: [state] });
const states = async (source: string, limit?: number) =>
  (await readObservations(source, limit)).map(({ state }) => state?.[0]);

const FRAME = fc
  .record({
    shape: fc.constantFrom(
      ['rgb8', 3] as const,
      ['bgra8', 4] as const,
      ['mono8', 1] as const,
      ['yuv422', 2] as const,
    ),
    width: fc.integer({ min: 1, max: 5 }).map((half) => 2 * half),
    height: fc.integer({ min: 1, max: 6 }),
    padding: fc.nat(5),
    seed: fc.nat(255),
  })
  .map(({ shape: [encoding, pixel], width, height, padding, seed }) => {
    const step = width * pixel + padding;
    const data = Uint8Array.from({ length: step * height }, (_, index) => (index * 7 + seed) % 256);
    const rows = Array.from({ length: height }, (_, y) => [
      ...data.subarray(y * step, y * step + width * pixel),
    ]);
    const frame: CameraFrame = { encoding, width, height, step, data };
    return { frame, packed: { encoding, width, height, data: Uint8Array.from(rows.flat()) } };
  });

describe('observationLine and readObservations', () => {
  it('bring frames back without the padding of their rows, and everything else as it was', async () => {
    const file = join(await temporaryDirectory(), 'recorded.jsonl');
    const state = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
    const observation = fc.record({ instruction: fc.string({ unit: 'grapheme' }), state, wrist: FRAME });
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { minLength: 1, maxLength: 3 }), async (list) => {
        const lines = list.map(({ wrist, ...rest }) =>
          observationLine({ ...rest, images: { wrist: wrist.frame } }),
        );
        await writeFile(file, lines.join(''));
        expect(await readObservations(file)).toEqual(
          list.map(({ wrist, ...rest }) => ({ ...rest, images: { wrist: wrist.packed }, capturedAt: 0 })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('refuse to record a frame that is shorter than it says', () => {
    const frame = { encoding: 'rgb8', width: 2, height: 2, data: new Uint8Array(11) } as const;
    expect(errorOf(() => observationLine({ images: { wrist: frame } })).code).toBe('INVALID_IMAGE');
  });

  it('keep evenly spread observations over all files of a directory', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'b.jsonl'), `${numbered(4)}\n${numbered(5)}${numbered(6)}`);
    await writeFile(join(directory, 'a.jsonl'), [0, 1, 2].map(numbered).join(''));
    await writeFile(join(directory, 'aa.json'), numbered(3));
    await writeFile(join(directory, 'notes.txt'), 'not looked at');
    expect(await states(directory)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await states(directory, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await states(directory, 99)).toHaveLength(7);
    expect(await states(directory, 3)).toEqual([0, 2, 4]);
    expect(await states(directory, 1)).toEqual([0]);
  });

  it('keep as many as the limit allows, in order, whatever the numbers', async () => {
    const file = join(await temporaryDirectory(), 'recorded.jsonl');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        async (total, limit) => {
          await writeFile(file, Array.from({ length: total }, (_, index) => numbered(index)).join(''));
          const kept = (await states(file, limit)).map(Number);
          expect(kept).toHaveLength(Math.min(total, limit));
          expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
          const gaps = kept.slice(1).map((state, index) => state - (kept[index] ?? 0));
          if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['{"images": }', 'recorded.jsonl:3: no recorded observation'],
    ['{"state": ["a"]}', 'recorded.jsonl:3: no recorded observation: state[0]'],
    ['[]', 'recorded.jsonl:3'],
    [
      '{"images":{"wrist":{"encoding":"rgb8","width":9,"height":1,"data":"AAAA"}}}',
      'recorded.jsonl:3: no recorded observation: images.wrist',
    ],
  ])('name the line of %s', async (line, text) => {
    const file = join(await temporaryDirectory(), 'recorded.jsonl');
    await writeFile(file, `${numbered(1)}\n${line}\n`);
    const error = await rejectionOf(readObservations(file));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(text);
  });

  it('say that there is nothing to read', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'folder.jsonl'));
    for (const source of [join(directory, 'missing.jsonl'), join(directory, 'folder.jsonl'), directory])
      expect((await rejectionOf(readObservations(source))).code).toBe('BUNDLE_NOT_FOUND');
  });
});
