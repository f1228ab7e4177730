/**
 * Makes image tensors in native code: `image_tensors.ts CASES OUT`. CASES is a JSON array of
 * `{ frame: { encoding, width, height, step? }, data: base64, options }`; OUT gets the elements of all tensors.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { loadAddon } from '../../lib/native/load-addon.js';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { type ImageTensorOptions, imageTensor } from '../../lib/policy/image-tensor.js';

// Without the addon, TypeScript would make the tensors and the test would prove something else.
loadAddon();

interface ImageCase {
  readonly frame: Omit<CameraFrame, 'data'>;
  readonly data: string;
  readonly options: ImageTensorOptions;
}

const [input = '', out = ''] = process.argv.slice(2);
const cases: readonly ImageCase[] = JSON.parse(await readFile(input, 'utf8'));
const tensors = cases.map(({ frame, data, options }) => {
  const { data: elements } = imageTensor({ ...frame, data: Buffer.from(data, 'base64') }, options);
  return Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength);
});
await writeFile(out, Buffer.concat(tensors));
