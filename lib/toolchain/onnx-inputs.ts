import { VLAError } from '../errors.js';
import { readOnnxModel, trueInputs } from './onnx/read-model.js';

/** An input of an ONNX graph that is no weight. */
export interface OnnxInput {
  readonly name: string;
  /** A dynamic dimension is its symbolic name, or −1 when it has none; undefined when even the rank is open. */
  readonly shape: readonly (number | string)[] | undefined;
}

/**
 * The inputs of an ONNX model: read from the file alone, without loading it.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is no ONNX model
 */
export async function readOnnxInputs(file: string): Promise<readonly OnnxInput[]> {
  const inputs = trueInputs(await readOnnxModel(file));
  if (inputs.length === 0)
    throw new VLAError('MODEL_INVALID', `${file} has no inputs to fill`, {
      hint: 'Export the model again, with an example of its inputs.',
    });
  return inputs.map(({ name, shape }) => ({ name, shape }));
}
