import { VLAError } from '../errors.js';
import { fromFloat16Bits } from './float16.js';
import type { ModelOutput } from './manifest-stages.js';
import { sameShape } from './source-shape.js';
import { elementCount, type TensorMap } from './tensor.js';

/**
 * The values of the output that holds the actions, as float32.
 *
 * @returns `horizon × modelDim` finite values, row-major
 * @throws VLAError INVALID_OUTPUT for a missing output, a wrong shape or type, NaN or infinite values
 */
export function readActionRows(
  outputs: TensorMap,
  { name, dtype, shape }: ModelOutput,
  horizon: number,
  modelDim: number,
): Float32Array {
  const tensor = outputs[name];
  const wanted = [...shape.slice(0, -2).map(() => 1), horizon, modelDim];
  if (
    tensor?.dtype !== dtype ||
    !sameShape(tensor.shape, wanted) ||
    tensor.data.length !== elementCount(wanted) ||
    (tensor.dtype !== 'float32' && tensor.dtype !== 'float16')
  )
    throw new VLAError(
      'INVALID_OUTPUT',
      `output ${name}: expected ${dtype} [${wanted}], ` +
        `got ${tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape}] with ${tensor.data.length} values`}`,
      { hint: 'Compare the outputs of the model with stages.models in policy.json.' },
    );
  const rows = tensor.dtype === 'float16' ? Float32Array.from(tensor.data, fromFloat16Bits) : tensor.data;
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new VLAError(
      'INVALID_OUTPUT',
      `output ${name}, step ${Math.floor(bad / modelDim)}, column ${bad % modelDim}: ` +
        `expected a finite number, got ${rows[bad]}`,
      { hint: 'A model that was quantised or built for float16 may overflow; try another precision.' },
    );
  return rows;
}
