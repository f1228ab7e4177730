import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TextTokenizer } from '../../lib/policy/tokenizer.js';
import { errorOf, rejectionOf } from './error-of.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tokenizers/${name}`, import.meta.url));
const options = {
  maxLength: 8,
  padTo: 'max',
  padId: 0,
  padSide: 'right',
  truncate: false,
  addBos: false,
  addEos: false,
} as const;

let directory: string;
let words: TextTokenizer;
let pieces: TextTokenizer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  words = await TextTokenizer.load(fixture('word-level.json'));
  pieces = await TextTokenizer.load(fixture('bpe.json'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('a WordLevel tokenizer', () => {
  it('lower-cases, drops punctuation, splits at spaces and pads', () => {
    const { ids, mask } = words.encode('Pick up, the RED block!', options);
    expect(ids).toEqual([2, 3, 4, 5, 8, 0, 0, 0]);
    expect(mask).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('reports unknown words as they were typed and gives them the unknown id', () => {
    const { ids, unknownWords } = words.encode('Pick the "Sponge", constructor!', options);
    expect(ids.slice(0, 4)).toEqual([2, 4, 1, 1]);
    expect(unknownWords).toEqual(['Sponge', 'constructor']);
  });

  it('looks for unknown words in what the user typed, not in the template around it', () => {
    const { unknownWords } = words.encode('Task: pick', { ...options, typed: 'pick' });
    expect(unknownWords).toEqual([]);
  });

  it('pads at the left when asked', () => {
    const { ids, mask } = words.encode('pick', { ...options, padSide: 'left', padId: 9, maxLength: 3 });
    expect([ids, mask]).toEqual([
      [9, 9, 2],
      [0, 0, 1],
    ]);
  });

  it('refuses a text that is too long, or cuts it but never what is around it', () => {
    const long = 'pick up the red block and put it in the box';
    expect(errorOf(() => words.encode(long, options)).code).toBe('INSTRUCTION_TOO_LONG');
    const cut = words.encode(long, { ...options, truncate: true, suffixIds: [14] });
    expect(cut.ids).toEqual([2, 3, 4, 5, 8, 9, 10, 14]);
    expect(cut.truncated).toBe(true);
  });

  it('gives as many ids as mask entries, exactly maxLength of them when padding to max', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('left' as const, 'right' as const), (text, padSide) => {
        const { ids, mask } = words.encode(text, { ...options, truncate: true, padSide });
        expect([ids.length, mask.length]).toEqual([8, 8]);
        expect(ids.every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it('has no begin token, and says so when one is asked for', () => {
    const error = errorOf(() => words.encode('pick', { ...options, addBos: true }));
    expect(error.code).toBe('TOKENIZER_INVALID');
    expect(error.message).toContain('begin token');
  });

  it('refuses unknown words when there is no id for them', async () => {
    const file = join(directory, 'no-unk.json');
    const model = { type: 'WordLevel', vocab: { pick: 0 } };
    await writeFile(file, JSON.stringify({ model, pre_tokenizer: { type: 'WhitespaceSplit' } }));
    const strict = await TextTokenizer.load(file);
    expect(strict.encode('pick', { ...options, padTo: 'none' }).ids).toEqual([0]);
    const error = errorOf(() => strict.encode('pick Sponge', options));
    expect(error.code).toBe('UNKNOWN_WORDS');
    expect(error.message).toContain('"Sponge"');
  });
});

describe('a BPE tokenizer', () => {
  it('adds begin and end tokens of the post-processor only when asked', () => {
    const body = pieces.encode('pick', { ...options, padTo: 'none' }).ids;
    const dressed = pieces.encode('pick', {
      ...options,
      padTo: 'none',
      addBos: true,
      addEos: true,
      suffixIds: [7],
    });
    expect(dressed.ids).toEqual([2, ...body, 7, 3]);
  });

  it('reports words with characters that it has no piece for', () => {
    expect(pieces.encode('pick 7 red', options).unknownWords).toEqual(['7']);
  });
});

describe('TextTokenizer.load', () => {
  it('says when there is no file', async () => {
    const error = await rejectionOf(TextTokenizer.load(join(directory, 'none.json')));
    expect(error.code).toBe('TOKENIZER_MISSING');
  });

  it.each([
    ['not JSON', '{"model": '],
    ['no model', '{}'],
    ['an unknown model', '{"model": {"type": "Oracle"}}'],
    [
      'an unknown normalizer',
      '{"model": {"type": "WordLevel", "vocab": {}}, "normalizer": {"type": "Magic"}}',
    ],
    ['null', 'null'],
  ])('says when the file holds %s', async (_, text) => {
    const file = join(directory, 'bad.json');
    await writeFile(file, text);
    const error = await rejectionOf(TextTokenizer.load(file));
    expect(error.code).toBe('TOKENIZER_INVALID');
    expect(error.hint).toBeTruthy();
  });
});
