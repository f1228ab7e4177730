import { describe, expect, it } from 'vitest';
import { ActionChunk } from '../../lib/action/action-chunk.js';
import { parseGolden } from '../../lib/policy/golden.js';
import { compareGolden } from '../../lib/policy/golden-compare.js';
import { errorOf } from './error-of.js';

const file = {
  images: {
    wrist: {
      encoding: 'rgb8',
      width: 2,
      height: 1,
      data: Buffer.from([1, 2, 3, 4, 5, 6]).toString('base64'),
    },
  },
  instruction: 'pick',
  state: [0.5],
  tokenIds: [2, 0],
  actionChunk: [
    [1, 0],
    [0, 1],
  ],
};
const tolerance = {
  token_ids: { maxAbs: 0, cosine: -1 },
  action_chunk: { maxAbs: 0.1, cosine: 0.99 },
};

function chunk(values: number[], width = 2): ActionChunk {
  const dims = Array.from({ length: width }, (_, index) => ({
    name: `j${index}`,
    kind: 'joint' as const,
    unit: 'rad',
  }));
  return new ActionChunk({ data: Float32Array.from(values), dims, secondsPerWaypoint: 1, capturedAt: 0 });
}

describe('parseGolden', () => {
  it('gives an observation that a policy can encode', () => {
    const golden = parseGolden(file, 'golden.json');
    expect(golden.observation.images['wrist']?.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(golden.observation).toMatchObject({ instruction: 'pick', state: [0.5], capturedAt: 0 });
    expect(golden.tokenIds).toEqual([2, 0]);
  });

  it.each([
    [{ ...file, actionChunk: undefined }, 'actionChunk: expected a list, got nothing'],
    [{ ...file, actionChunk: [[1], [1, 2]] }, 'actionChunk[1]: expected 1 values as in the first row, got 2'],
    [{ ...file, tokenIds: [1.5] }, 'tokenIds[0]: expected an integer, got 1.5'],
    [
      { ...file, images: { wrist: { ...file.images.wrist, data: 'ab!=' } } },
      'images.wrist.data: expected base64',
    ],
    [{ ...file, images: { wrist: { ...file.images.wrist, encoding: 'jpeg' } } }, 'images.wrist.encoding'],
    [null, 'golden.json: manifest: expected an object, got null'],
  ])('names what is wrong with %j', (json, text) => {
    const error = errorOf(() => parseGolden(json, 'golden.json'));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(text);
  });

  it('takes frames of camera size', () => {
    const data = Buffer.alloc(640 * 480 * 3, 7).toString('base64');
    const images = { wrist: { encoding: 'rgb8', width: 640, height: 480, data } };
    expect(parseGolden({ ...file, images }, 'g').observation.images['wrist']?.data).toHaveLength(921600);
  });
});

describe('compareGolden', () => {
  const golden = parseGolden(file, 'golden.json');

  it('passes what is within the tolerance and says how close it came', () => {
    const result = compareGolden(
      golden,
      { tokenIds: [2, 0], actionChunk: chunk([1, 0.05, 0, 1]) },
      tolerance,
    );
    expect(result.passed).toBe(true);
    expect(result.parts).toEqual([
      { name: 'token_ids', maxAbs: 0, cosine: expect.closeTo(1), passed: true },
      { name: 'action_chunk', maxAbs: expect.closeTo(0.05), cosine: expect.closeTo(0.9994, 3), passed: true },
    ]);
  });

  it.each([
    ['one value is too far off', [2, 0], chunk([1, 0.2, 0, 1])],
    ['the direction is wrong', [2, 0], chunk([0, 0, 0, 0])],
    ['a token differs', [3, 0], chunk([1, 0, 0, 1])],
    ['there are no tokens', undefined, chunk([1, 0, 0, 1])],
    ['the chunk is shorter', [2, 0], chunk([1, 0])],
    ['the rows have another width', [2, 0], chunk([1, 0, 0, 1], 4)],
  ])('fails when %s', (_, tokenIds, actionChunk) => {
    const result = compareGolden(golden, { ...(tokenIds && { tokenIds }), actionChunk }, tolerance);
    expect(result.passed).toBe(false);
    expect(result.parts.filter(({ passed }) => !passed)).toHaveLength(1);
  });

  it('takes two chunks of zeros for the same', () => {
    const still = parseGolden({ actionChunk: [[0, 0]] }, 'g');
    expect(compareGolden(still, { actionChunk: chunk([0, 0]) }, tolerance).passed).toBe(true);
  });
});
