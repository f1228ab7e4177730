import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringTensor, tokenTensor } from '../../lib/policy/token-tensor.js';
import { TextTokenizer } from '../../lib/policy/tokenizer.js';
import { errorOf } from './error-of.js';

const file = new URL('../fixtures/tokenizers/word-level.json', import.meta.url);
const tokenizer = new TextTokenizer(JSON.parse(readFileSync(file, 'utf8')));

describe('a token tensor', () => {
  it('has the batch dimension first, the ids padded at the right, and a mask of the same shape', () => {
    const { ids, mask, unknownWords, truncated } = tokenTensor(tokenizer, 'pick up the red block', {
      maxLength: 8,
    });
    expect(ids).toEqual({
      dtype: 'int64',
      shape: [1, 8],
      data: BigInt64Array.of(2n, 3n, 4n, 5n, 8n, 0n, 0n, 0n),
    });
    expect(mask.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 0n, 0n, 0n));
    expect(unknownWords).toEqual([]);
    expect(truncated).toBe(false);
  });

  it('can be int32, padded at the left with another id, or not padded at all', () => {
    const left = tokenTensor(tokenizer, 'the red', {
      maxLength: 4,
      dtype: 'int32',
      padSide: 'left',
      padId: 9,
    });
    expect(left.ids.data).toEqual(Int32Array.of(9, 9, 4, 5));
    expect(tokenTensor(tokenizer, 'the red', { maxLength: 4, padTo: 'none' }).ids.shape).toEqual([1, 2]);
  });

  it('shows the caller which words the tokenizer does not know', () => {
    const { unknownWords, ids } = tokenTensor(tokenizer, 'pick up the purple, red zebra!', { maxLength: 8 });
    expect(unknownWords).toEqual(['purple', 'zebra']);
    expect([...ids.data].filter((id) => id === 1n)).toHaveLength(2);
  });

  it('has the asked length for any words, or is refused as too long', () => {
    const words = fc.array(fc.constantFrom('pick', 'red', 'blue', 'block', 'zebra'), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 12 }), (sentence, maxLength) => {
        const encode = () => tokenTensor(tokenizer, sentence.join(' '), { maxLength });
        if (sentence.length > maxLength) expect(errorOf(encode).code).toBe('INSTRUCTION_TOO_LONG');
        else expect(encode().ids.data).toHaveLength(maxLength);
      }),
    );
  });

  it('cuts a long text only where that is allowed, and says so', () => {
    const cut = tokenTensor(tokenizer, 'pick up the red block', { maxLength: 3, truncate: true });
    expect(cut.ids.data).toEqual(BigInt64Array.of(2n, 3n, 4n));
    expect(cut.truncated).toBe(true);
  });

  it.each([
    ['a length of zero', { maxLength: 0 }],
    ['a length that is no number', { maxLength: Number.NaN }],
    ['another element type', { maxLength: 4, dtype: 'float32' as 'int32' }],
  ])('refuses %s', (_, options) => {
    expect(errorOf(() => tokenTensor(tokenizer, 'red', options)).code).toBe('INVALID_ARGUMENT');
  });

  it('refuses a text that is no string', () => {
    const noText = 7 as unknown as string;
    expect(errorOf(() => tokenTensor(tokenizer, noText, { maxLength: 4 })).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => stringTensor(noText)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('a string tensor', () => {
  it('holds the text as it is', () => {
    expect(stringTensor('Pick up the RED block!')).toEqual({
      dtype: 'string',
      shape: [1],
      data: ['Pick up the RED block!'],
    });
  });
});
