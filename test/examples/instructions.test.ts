import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  namedColor,
  nonsenseInstruction,
  plainInstruction,
  unseenInstruction,
} from '../../examples/sim/instructions.js';
import { Random } from '../../examples/sim/random.js';
import { BLOCK_COLOR_NAMES } from '../../examples/sim/scene.js';

const language = JSON.parse(
  readFileSync(new URL('../../examples/sim/language.json', import.meta.url), 'utf8'),
) as { training: string[]; heldOut: string[]; nothingNamed: { training: string[]; heldOut: string[] } };

const bare = (sentence: string) => sentence.toLowerCase().replace(/[^\p{L}{} ]/gu, '');

describe('the instructions', () => {
  it('of the evaluation are sentences that training never saw', () => {
    const seen = new Set([...language.training, ...language.nothingNamed.training].map(bare));
    for (const sentence of [...language.heldOut, ...language.nothingNamed.heldOut])
      expect(seen.has(bare(sentence)), sentence).toBe(false);
  });

  it('name the colour they were made for, in any wording', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...BLOCK_COLOR_NAMES), (seed, color) => {
        expect(namedColor(plainInstruction(color))).toBe(color);
        expect(namedColor(unseenInstruction(color, new Random(seed)))).toBe(color);
      }),
    );
  });

  it('leave no placeholder open', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(nonsenseInstruction(new Random(seed))).not.toMatch(/[{}]/);
      }),
    );
  });

  it('that name two colours name none', () => {
    expect(namedColor('take the red or the blue block')).toBeUndefined();
    expect(namedColor('hello')).toBeUndefined();
  });
});
