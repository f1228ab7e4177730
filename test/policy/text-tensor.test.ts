import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../lib/policy/manifest.js';
import { InstructionEncoder } from '../../lib/policy/text-tensor.js';
import { TextTokenizer } from '../../lib/policy/tokenizer.js';
import { errorOf } from './error-of.js';
import { minimalManifest, withValue } from './minimal-manifest.js';

const tokenizer = new TextTokenizer(
  JSON.parse(readFileSync(new URL('../fixtures/tokenizers/word-level.json', import.meta.url), 'utf8')),
);

function encoder(text: object, stringInput = false) {
  let json = withValue(minimalManifest(), ['inputs', 'text'], text);
  if (stringInput)
    json = withValue(json, ['stages', 'models', 0, 'inputs', 1], {
      name: 'text',
      dtype: 'string',
      shape: [1, 1],
      from: 'text.string',
    });
  const spec = parseManifest(json).manifest.inputs.text;
  if (spec === undefined) throw new Error('the fixture has a text');
  return new InstructionEncoder(spec, tokenizer);
}

describe('InstructionEncoder', () => {
  it('cleans the task, then puts it into the template', () => {
    const text = encoder({
      clean: ['underscore_to_space', 'newline_to_space', 'strip', 'lower'],
      template: 'put: {task}\n',
    });
    expect(text.encode(' Pick_the\nRED_block ').text).toBe('put: pick the red block\n');
  });

  it('does not read dollar signs in the task as patterns', () => {
    expect(encoder({ template: '<{task}>' }).encode("pick $& $'").text).toBe("<pick $& $'>");
  });

  it('shows unknown words also where they are allowed', () => {
    const { ids, unknownWords } = encoder({}).encode('pick the Sponge');
    expect(unknownWords).toEqual(['Sponge']);
    expect(ids.slice(0, 4)).toEqual([2, 4, 1, 0]);
  });

  it('refuses unknown words, listing them as typed', () => {
    const error = errorOf(() =>
      encoder({ unknown: 'refuse', clean: ['lower'] }).encode('Pick the Sponge, Now'),
    );
    expect(error.code).toBe('UNKNOWN_WORDS');
    expect(error.message).toContain('"Sponge", "Now"');
    expect(error.hint).toBeTruthy();
  });

  it.each([undefined, '', '  \n', '?!'])('refuses %j, which says nothing', (instruction) => {
    expect(errorOf(() => encoder({}).encode(instruction)).code).toBe('INVALID_ARGUMENT');
  });

  it('refuses text beyond all measure before tokenizing it', () => {
    const error = errorOf(() => encoder({ truncate: true }).encode('pick '.repeat(5000)));
    expect(error.code).toBe('INSTRUCTION_TOO_LONG');
  });

  it('hands over the text itself to a model that takes strings', () => {
    const result = encoder({ mode: 'string', template: '{task}\n' }, true).encode('Pick the sponge');
    expect(result).toMatchObject({ text: 'Pick the sponge\n', ids: [], unknownWords: [] });
  });

  it('answers the next instruction, not the one before', () => {
    const text = encoder({});
    expect(text.encode('pick').ids[0]).toBe(2);
    expect(text.encode('block').ids[0]).toBe(8);
    expect(text.encode('pick').ids[0]).toBe(2);
  });

  describe('with one fixed task', () => {
    const fixed = {
      mode: 'fixed',
      fixed: { task: 'pick the block', ids: [2, 4, 8] },
      maxLength: 16,
      padId: 7,
    };

    it('gives the ids of the manifest, padded, with or without the instruction', () => {
      const want = [2, 4, 8, ...new Array(13).fill(7)];
      expect(encoder(fixed).encode(undefined).ids).toEqual(want);
      expect(encoder(fixed).encode(' Pick the  block').ids).toEqual(want);
      expect(encoder(fixed).encode(undefined).mask.slice(0, 4)).toEqual([1, 1, 1, 0]);
    });

    it('refuses another task', () => {
      const error = errorOf(() => encoder(fixed).encode('open the drawer'));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain('"pick the block"');
    });
  });

  it('needs a tokenizer for token ids', () => {
    const spec = parseManifest(minimalManifest()).manifest.inputs.text;
    if (spec === undefined) throw new Error('the fixture has a text');
    expect(errorOf(() => new InstructionEncoder(spec, undefined)).code).toBe('TOKENIZER_MISSING');
  });
});
