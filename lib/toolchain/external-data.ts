import { readOnnxModel } from './onnx/read-model.js';

/**
 * The files that hold weights of an ONNX model outside of the model's own file, as the model names them: relative to
 * its directory, each once.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is no ONNX model
 */
export async function readExternalData(onnx: string): Promise<readonly string[]> {
  const { weights } = await readOnnxModel(onnx);
  return [...new Set(weights.flatMap(({ external }) => (external ? [external.location] : [])))];
}
