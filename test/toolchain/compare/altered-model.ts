import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frame, writeBundle } from '../../engine/bundle.js';
import { model, referenceActions, temporaryDirectory } from '../../engine/fixtures.js';

/** The weights of the fixture models as they lie in the files: features × 35, float32. */
const WEIGHTS = Buffer.from(Float32Array.from({ length: 140 }, (_, index) => (index % 11) / 10 - 0.5).buffer);

/** A fixture model with `delta` added to every weight of one of its 35 output values. */
export async function alteredModel(name: string, column: number, delta: number): Promise<Buffer> {
  const bytes = await readFile(model(name));
  const start = bytes.indexOf(WEIGHTS);
  if (start < 0) throw new Error(`${name} does not hold the weights`);
  for (let row = 0; row < 4; row++) {
    const at = start + 4 * (35 * row + column);
    bytes.writeFloatLE(bytes.readFloatLE(at) + delta, at);
  }
  return bytes;
}

export async function writeAltered(name: string, column: number, delta: number): Promise<string> {
  const file = join(await temporaryDirectory(), 'altered.onnx');
  await writeFile(file, await alteredModel(name, column, delta));
  return file;
}

/** A golden observation of the bundles of the tests: a white image and the token 4. */
export const goldenFile = {
  images: { wrist: { ...frame(), data: Buffer.from(frame().data).toString('base64') } },
  instruction: 'open',
  actionChunk: Array.from({ length: 5 }, (_, step) =>
    referenceActions([1, 1, 1, 1 / 16]).slice(7 * step, 7 * step + 7),
  ),
};

/** A bundle with a model of precision `float32` and an altered one of precision `altered`. */
export async function bundleOfTwo(
  column: number,
  delta: number,
  golden: readonly object[] = [goldenFile],
): Promise<string> {
  const directory = await writeBundle({ golden });
  const file = join(directory, 'policy.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const altered = await alteredModel('default-nhwc', column, delta);
  await writeFile(join(directory, 'altered.onnx'), altered);
  const sha256 = createHash('sha256').update(altered).digest('hex');
  const artifact = { format: 'onnx', file: 'altered.onnx', sha256, precision: 'altered' };
  manifest.stages.models[0].artifacts.push(artifact);
  await writeFile(file, JSON.stringify(manifest));
  return directory;
}
