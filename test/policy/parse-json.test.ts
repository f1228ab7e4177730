import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/policy/parse-json.js';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(`\uFEFF${text}`)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{\n  "a": oops\n}', 'line 2, column 8: Unexpected token'],
    ['{"a": 1,}', 'line 1, column 9: '],
    ['{"a": 1}\n}', 'line 2, column 1: '],
    ['[1,\n2\n3]', 'line 3, column 1: '],
    ['["a\nb"]', 'line 1, column 4: Bad control character'],
    ['{"a": [1, 2', 'line 1, column 12: '],
    ['', 'line 1, column 1: Unexpected end'],
  ])('says where %j is wrong', (text, where) => {
    expect(() => parseJson(text)).toThrow(where);
  });

  it('points at a character that is put into any place of a sound text', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.nat(), (numbers, seed) => {
        const text = JSON.stringify(numbers, null, 1);
        const place = seed % text.length;
        const broken = `${text.slice(0, place)}#${text.slice(place)}`;
        const lines = text.slice(0, place).split('\n');
        const where = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}:`;
        expect(() => parseJson(broken)).toThrow(where);
      }),
    );
  });
});
