import { z } from 'zod';
import { parseJson } from '../../policy/parse-json.js';

const withVocabulary = z.looseObject({
  model: z.looseObject({
    vocab: z.union([z.record(z.string(), z.number()), z.array(z.unknown())]).optional(),
  }),
  added_tokens: z.array(z.looseObject({ id: z.number() })).default([]),
});

/** One more than the largest token id of a `tokenizer.json`; 1 when it lists none. */
export function vocabularySize(tokenizerJson: string): number {
  const parsed = withVocabulary.safeParse(parseJson(tokenizerJson));
  if (!parsed.success) return 1;
  const { vocab = [] } = parsed.data.model;
  const size = Array.isArray(vocab) ? vocab.length : largest(Object.values(vocab)) + 1;
  return Math.max(size, largest(parsed.data.added_tokens.map(({ id }) => id)) + 1, 1);
}

function largest(ids: readonly number[]): number {
  return ids.reduce((most, id) => Math.max(most, id), -1);
}
