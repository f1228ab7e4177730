import { VLAError } from '../errors.js';
import type { PolicyManifest } from './manifest.js';
import { padTokens, type TextTokenizer, unknownWordsError } from './tokenizer.js';

export type TextSpec = NonNullable<PolicyManifest['inputs']['text']>;

/** No policy takes this much text, and some tokenizers take seconds for it. */
const MAX_CHARACTERS = 10_000;

/** An instruction as the model takes it. */
export interface InstructionTokens {
  /** The text behind the ids, template and cleaning applied; what a model that takes strings gets. */
  readonly text: string;
  /** Token ids, padded; empty for a model that takes strings. */
  readonly ids: readonly number[];
  /** 1 for each id of the text, 0 for padding. */
  readonly mask: readonly number[];
  /** Words, as typed, that the policy has no token for. */
  readonly unknownWords: readonly string[];
  /** Whether the end of the text was cut off. */
  readonly truncated: boolean;
}

/** Turns instructions into token ids, or into the string that the model takes. */
export class InstructionEncoder {
  readonly #spec: TextSpec;
  readonly #tokenizer: TextTokenizer | undefined;
  /** A robot hears the same instruction many times a second. */
  #last: { readonly instruction: string | undefined; readonly tokens: InstructionTokens } | undefined;

  /** @throws VLAError TOKENIZER_MISSING when the spec needs a tokenizer */
  constructor(spec: TextSpec, tokenizer: TextTokenizer | undefined) {
    if (spec.mode === 'runtime' && tokenizer === undefined)
      throw new VLAError('TOKENIZER_MISSING', 'the policy takes token ids: expected a tokenizer, got none', {
        hint: 'Put the tokenizer.json of the policy into the bundle and name it in inputs.text.tokenizer.',
      });
    this.#spec = spec;
    this.#tokenizer = tokenizer;
  }

  /**
   * @param instruction may be absent for a policy that knows one task only
   * @throws VLAError INVALID_ARGUMENT for an empty instruction, or another task than the only one;
   *   INSTRUCTION_TOO_LONG; UNKNOWN_WORDS where the policy refuses them
   */
  encode(instruction: string | undefined): InstructionTokens {
    if (this.#last !== undefined && this.#last.instruction === instruction) return this.#last.tokens;
    const tokens = this.#spec.mode === 'fixed' ? this.#fixed(instruction) : this.#runtime(instruction);
    this.#last = { instruction, tokens };
    return tokens;
  }

  readonly #clean = (text: string) =>
    this.#spec.clean.reduce((cleaned, step) => CLEANERS[step](cleaned), text);

  #fixed(instruction: string | undefined): InstructionTokens {
    const { task, ids } = this.#spec.fixed ?? { task: '', ids: [] };
    if (
      instruction !== undefined &&
      (typeof instruction !== 'string' || folded(instruction) !== folded(task))
    )
      throw new VLAError(
        'INVALID_ARGUMENT',
        `instruction: this policy knows one task, ${JSON.stringify(task)}, got ${JSON.stringify(instruction)}`,
        { hint: 'Give that text, or no instruction.' },
      );
    return { text: task, ...padTokens(ids, this.#spec), unknownWords: [], truncated: false };
  }

  #runtime(instruction: string | undefined): InstructionTokens {
    if (typeof instruction !== 'string' || !/[\p{L}\p{N}]/u.test(instruction))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `instruction: expected a text that says what to do, got ${JSON.stringify(instruction) ?? 'nothing'}`,
        { hint: 'Pass an instruction such as "pick up the red block".' },
      );
    if (instruction.length > MAX_CHARACTERS)
      throw new VLAError(
        'INSTRUCTION_TOO_LONG',
        `instruction: expected at most ${MAX_CHARACTERS} characters, got ${instruction.length}`,
        { hint: 'Say it in fewer words.' },
      );
    const task = this.#clean(instruction);
    const text = this.#spec.template.replaceAll('{task}', () => task);
    if (this.#tokenizer === undefined || this.#spec.mode === 'string')
      return { text, ids: [], mask: [], unknownWords: [], truncated: false };

    const tokens = this.#tokenizer.encode(text, { ...this.#spec, typed: instruction, asRead: this.#clean });
    if (this.#spec.unknown === 'refuse' && tokens.unknownWords.length > 0)
      throw unknownWordsError(tokens.unknownWords);
    return { text, ...tokens };
  }
}

const CLEANERS: Readonly<Record<TextSpec['clean'][number], (text: string) => string>> = {
  strip: (text) => text.trim(),
  underscore_to_space: (text) => text.replaceAll('_', ' '),
  newline_to_space: (text) => text.replaceAll('\n', ' '),
  lower: (text) => text.toLowerCase(),
};

function folded(text: string): string {
  return text.trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}
