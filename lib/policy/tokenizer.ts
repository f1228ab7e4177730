import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { VLAError } from '../errors.js';
import { parseJson } from './parse-json.js';

/** What the tokenizers library reads; parts that a file leaves out are absent parts there too. */
const tokenizerFile = z.looseObject({
  model: z.looseObject({ type: z.string().optional(), unk_token: z.string().nullish() }),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
  added_tokens: z.array(z.looseObject({ id: z.number(), content: z.string() })).default([]),
});

/** Names that tokenizers give to these tokens when their post-processor does not add them. */
const BEGIN_TOKENS = ['<bos>', '<s>', '<|begin_of_text|>', '[CLS]'];
const END_TOKENS = ['<eos>', '</s>', '<|end_of_text|>', '<|endoftext|>', '[SEP]'];

export interface TokenizeOptions {
  /** Most ids in the result. */
  readonly maxLength: number;
  /** `max` fills up to {@link maxLength}; `none` leaves the length as it is. */
  readonly padTo: 'max' | 'none';
  readonly padId: number;
  readonly padSide: 'left' | 'right';
  /** Cut the end of the text when it is too long, keeping the ids around it; else an error. */
  readonly truncate: boolean;
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** Ids between the text and the end token. */
  readonly suffixIds?: readonly number[];
  /** The part of the text that the user typed, where unknown words are looked for; all of it when absent. */
  readonly typed?: string;
  /** How a typed word stands in the text; as it is when absent. */
  readonly asRead?: (word: string) => string;
}

export interface TokenizedText {
  readonly ids: number[];
  /** 1 for each id of the text, 0 for padding. */
  readonly mask: number[];
  /** Words, as typed, that the tokenizer has no id for. */
  readonly unknownWords: string[];
  /** Whether the end of the text was cut off. */
  readonly truncated: boolean;
}

/** A `tokenizer.json` of Hugging Face tokenizers: BPE, Unigram, WordPiece or WordLevel. */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #unknownId: number | undefined;
  readonly #begin: number | undefined;
  readonly #end: number | undefined;

  /**
   * @param json the contents of a `tokenizer.json`
   * @throws VLAError TOKENIZER_INVALID
   */
  constructor(json: unknown, name = 'tokenizer.json') {
    const parsed = tokenizerFile.safeParse(json);
    if (!parsed.success)
      throw invalid(
        name,
        parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      );
    const unknown = parsed.data.model.unk_token ?? undefined;
    try {
      // The library knows WordLevel models only in their older form, where the config names the unknown token.
      this.#tokenizer = new Tokenizer(parsed.data, unknown === undefined ? {} : { unk_token: unknown });
      this.#unknownId = this.#tokenizer.model?.unk_token_id;
      const [begin, end] = specialTokens(this.#tokenizer);
      this.#begin = begin;
      this.#end = end;
    } catch (error) {
      throw invalid(name, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** @throws VLAError TOKENIZER_MISSING when there is no such file, TOKENIZER_INVALID when it is not a tokenizer */
  static async load(file: string): Promise<TextTokenizer> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      throw new VLAError('TOKENIZER_MISSING', `expected a tokenizer at ${file}, which cannot be read`, {
        hint: 'Copy the tokenizer.json that the policy was trained with into the bundle.',
        cause: error,
      });
    }
    let json: unknown;
    try {
      json = parseJson(text);
    } catch (error) {
      throw invalid(file, error instanceof Error ? error.message : String(error), error);
    }
    return new TextTokenizer(json, file);
  }

  /**
   * The ids `[bos] text suffix [eos]`, padded. Special tokens that the tokenizer's own post-processor would add are
   * left out: the options alone say what is around the text.
   *
   * @throws VLAError INSTRUCTION_TOO_LONG; UNKNOWN_WORDS for a word without an id when the tokenizer has no id for
   *   unknown words either; TOKENIZER_INVALID when it has no begin or end token but is to add one
   */
  encode(text: string, options: TokenizeOptions): TokenizedText {
    const head = options.addBos ? [this.#special('begin', this.#begin, BEGIN_TOKENS)] : [];
    const end = options.addEos ? [this.#special('end', this.#end, END_TOKENS)] : [];
    const tail = [...(options.suffixIds ?? []), ...end];
    const room = options.maxLength - head.length - tail.length;
    const unknownWords = this.unknownWords(options.typed ?? text, options.asRead);
    const encoded = this.#encode(text);
    const truncated = encoded.length > room;
    if (truncated && !options.truncate)
      throw new VLAError(
        'INSTRUCTION_TOO_LONG',
        `the policy takes ${options.maxLength} tokens, ${room} of them for the text, got ${encoded.length}`,
        { hint: 'Say it in fewer words.' },
      );
    const body = encoded.slice(0, Math.max(room, 0)).map((id) => {
      const known = id ?? this.#unknownId;
      if (known === undefined) throw unknownWordsError(unknownWords);
      return known;
    });
    const ids = [...head, ...body, ...tail];
    return { ...padTokens(ids, options), unknownWords, truncated };
  }

  /** The words of `text`, as typed and without punctuation around them, that have no id; each once. */
  unknownWords(text: string, asRead = (word: string) => word): string[] {
    const words = text
      .split(/\s+/u)
      .filter((word) => this.#isUnknown(asRead(word)))
      .map((word) => {
        const bare = word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
        return bare !== '' && this.#isUnknown(asRead(bare)) ? bare : word;
      });
    return [...new Set(words)];
  }

  /** A word is also unknown when a tokenizer without an unknown token drops all of it. */
  #isUnknown(word: string): boolean {
    const ids = this.#encode(word);
    if (ids.length === 0) return /[\p{L}\p{N}]/u.test(word);
    return ids.some((id) => id === undefined || id === this.#unknownId);
  }

  /** The library's types do not say that a word without an id comes out as undefined. */
  #encode(text: string): readonly (number | undefined)[] {
    return text === '' ? [] : this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  #special(kind: string, found: number | undefined, names: readonly string[]): number {
    const id =
      found ?? names.map((name) => this.#tokenizer.token_to_id(name)).find((known) => known !== undefined);
    if (id === undefined)
      throw new VLAError(
        'TOKENIZER_INVALID',
        `expected a tokenizer with a ${kind} token, such as ${names.join(', ')}; it has none`,
        { hint: 'Use the tokenizer.json that the policy was trained with, or change inputs.text.' },
      );
    return id;
  }
}

/** The begin and end token that the post-processor puts around a text, seen from what it does to one word. */
function specialTokens(tokenizer: Tokenizer): [begin: number | undefined, end: number | undefined] {
  const probe = 'a';
  const plain: readonly (number | undefined)[] = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  const dressed: readonly (number | undefined)[] = tokenizer.encode(probe).ids;
  const added = dressed.length - plain.length;
  if (plain.length === 0) return [undefined, undefined];
  for (let before = 0; before <= added; before++)
    if (plain.every((id, index) => dressed[before + index] === id))
      return [
        before === 1 ? dressed[0] : undefined,
        added - before === 1 ? dressed[before + plain.length] : undefined,
      ];
  return [undefined, undefined];
}

/** Fills token ids up to the length that the model takes, with a mask that says which of them are text. */
export function padTokens(
  ids: readonly number[],
  { maxLength, padTo, padId, padSide }: Pick<TokenizeOptions, 'maxLength' | 'padTo' | 'padId' | 'padSide'>,
): Pick<TokenizedText, 'ids' | 'mask'> {
  const mask = ids.map(() => 1);
  const missing = padTo === 'max' ? Math.max(maxLength - ids.length, 0) : 0;
  const padding = new Array<number>(missing).fill(padId);
  const padMask = new Array<number>(missing).fill(0);
  return padSide === 'left'
    ? { ids: [...padding, ...ids], mask: [...padMask, ...mask] }
    : { ids: [...ids, ...padding], mask: [...mask, ...padMask] };
}

/** What to raise when a policy does not take these words. */
export function unknownWordsError(words: readonly string[]): VLAError {
  const list = words.map((word) => JSON.stringify(word)).join(', ');
  return new VLAError('UNKNOWN_WORDS', `instruction: expected words that the policy learned, got ${list}`, {
    hint: 'Say it in the words of the instructions that the policy was trained on.',
  });
}

function invalid(name: string, problem: string, cause?: unknown): VLAError {
  return new VLAError(
    'TOKENIZER_INVALID',
    `${name}: expected a tokenizer of Hugging Face tokenizers: ${problem}`,
    {
      hint: 'Save it again with `tokenizer.save("tokenizer.json")`, or with `backend_tokenizer` for a transformers one.',
      cause,
    },
  );
}
