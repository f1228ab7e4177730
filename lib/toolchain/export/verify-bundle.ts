import { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import { type Deviation, DeviationTally } from '../deviation.js';
import type { Golden } from './golden-file.js';

/**
 * Loads a finished bundle as a robot would, which checks its golden observation, and runs that once more.
 *
 * @returns how far Node's actions are from PyTorch's, in the units of an ActionChunk
 * @throws VLAError what `JetsonVLAEngine.load` throws
 */
export async function verifyBundle(
  directory: string,
  { observation, chunk }: Golden,
  onWarning: (text: string) => void,
): Promise<Deviation> {
  await using engine = await JetsonVLAEngine.load(directory, { backend: 'onnxruntime', onWarning });
  const { images, instruction, state } = observation;
  const got = await engine.infer(images, instruction, state && { state });
  const tally = new DeviationTally();
  tally.add(chunk.toFloat32Array(), got.toFloat32Array());
  return tally.summary();
}
