import { VLAError } from '../errors.js';
import { allocateTensor, type TensorOf } from './tensor.js';
import { writeNumbers } from './tensor-write.js';
import type { TextTokenizer, TokenizedText, TokenizeOptions } from './tokenizer.js';

/** Only the length has no default: every model has its own. */
export interface TokenTensorOptions extends Partial<Omit<TokenizeOptions, 'typed' | 'asRead'>> {
  /** Most token ids, 1 or more; also the length that shorter texts are padded to, unless `padTo` is `none`. */
  readonly maxLength: number;
  /** Element type that the model takes; int64 by default. */
  readonly dtype?: 'int32' | 'int64';
}

export interface TokenTensor extends Pick<TokenizedText, 'unknownWords' | 'truncated'> {
  /** Token ids, shape (1, tokens). */
  readonly ids: TensorOf<'int32'> | TensorOf<'int64'>;
  /** 1 for each id of the text and 0 for padding, shape (1, tokens), of the same type. */
  readonly mask: TensorOf<'int32'> | TensorOf<'int64'>;
}

/**
 * A text as the token ids that a model takes, batch dimension first: padded at the right with id 0 to `maxLength`
 * unless the options say otherwise. Words that the tokenizer does not know are in the result for the caller to judge.
 *
 * @throws VLAError INVALID_ARGUMENT for a wrong option; INSTRUCTION_TOO_LONG unless it may be truncated;
 *   UNKNOWN_WORDS, TOKENIZER_INVALID as {@link TextTokenizer.encode}
 */
export function tokenTensor(
  tokenizer: TextTokenizer,
  text: string,
  options: TokenTensorOptions,
): TokenTensor {
  const { dtype = 'int64', maxLength } = options;
  if (typeof text !== 'string')
    throw new VLAError('INVALID_ARGUMENT', `text: expected a string, got ${typeof text}`);
  if (!Number.isInteger(maxLength) || maxLength < 1)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `maxLength: expected a whole number of 1 or more, got ${maxLength}`,
    );
  if (dtype !== 'int32' && dtype !== 'int64')
    throw new VLAError('INVALID_ARGUMENT', `dtype: expected int32 or int64, got ${JSON.stringify(dtype)}`);
  const { ids, mask, unknownWords, truncated } = tokenizer.encode(text, {
    padTo: 'max',
    padId: 0,
    padSide: 'right',
    truncate: false,
    addBos: false,
    addEos: false,
    ...options,
  });
  const tensorOf = (values: readonly number[]) => {
    const tensor = allocateTensor(dtype, [1, values.length]);
    writeNumbers(values, tensor);
    return tensor;
  };
  return { ids: tensorOf(ids), mask: tensorOf(mask), unknownWords, truncated };
}

/** A text as it is, shape (1), for models that take raw strings. */
export function stringTensor(text: string): TensorOf<'string'> {
  if (typeof text !== 'string')
    throw new VLAError('INVALID_ARGUMENT', `text: expected a string, got ${typeof text}`);
  return { dtype: 'string', shape: [1], data: [text] };
}
