import { VLAError } from '../errors.js';
import { ImagePreprocessor } from './image-tensor.js';
import type { CameraSpec, PolicyManifest } from './manifest-schema.js';
import type { Source } from './manifest-stages.js';
import type { CheckedObservation } from './observation.js';
import { concatShape } from './source-shape.js';
import { allocateTensor, type Dtype, elementCount, type Tensor } from './tensor.js';
import { fillNumber, tensorBytes, writeNumbers } from './tensor-write.js';

/** Gives the values of one model input. */
export interface InputSource {
  /** Shape, batch 1; undefined for a constant, which takes any. */
  shape(observation: CheckedObservation): readonly number[] | undefined;
  /** Writes every element of `tensor`, which has as many elements as {@link shape}, whatever its rank. */
  write(observation: CheckedObservation, tensor: Tensor): void;
}

/** Makes the source that a manifest names. It has been checked to exist, and its dtype to be one it can give. */
export function createSource(source: Source, dtype: Dtype, inputs: PolicyManifest['inputs']): InputSource {
  if (typeof source !== 'string') {
    if ('const' in source) return constant(source.const);
    const parts = source.concat.map((part) => createSource(part, dtype, inputs));
    return joined(parts, source.axis, source.stack ?? false, dtype);
  }
  const camera = inputs.cameras.find(({ id }) => source === `camera:${id}`);
  if (camera !== undefined) return cameraImage(camera, dtype);
  const masked = inputs.cameras.find(({ id }) => source === `camera_mask:${id}`);
  if (masked !== undefined)
    return numbers(({ frames }) => [frames.get(masked.id) === undefined ? 0 : 1], [1]);
  switch (source) {
    case 'text.ids':
      return numbers(({ tokens }) => tokens?.ids ?? []);
    case 'text.mask':
      return numbers(({ tokens }) => tokens?.mask ?? []);
    case 'text.string':
      return text();
    case 'state':
      return numbers(({ state }) => state ?? []);
    default:
      throw new VLAError('UNSUPPORTED_POLICY', `source ${source} is not run by this version`);
  }
}

function numbers(
  values: (observation: CheckedObservation) => ArrayLike<number>,
  shape?: readonly number[],
): InputSource {
  return {
    shape: (observation) => shape ?? [1, values(observation).length],
    write: (observation, tensor) => writeNumbers(values(observation), tensor),
  };
}

function constant(value: number | number[]): InputSource {
  return Array.isArray(value)
    ? numbers(() => value, [value.length])
    : { shape: () => undefined, write: (_, tensor) => fillNumber(value, tensor) };
}

function text(): InputSource {
  return {
    shape: () => [1],
    write: ({ tokens }, tensor) => {
      if (tensor.dtype !== 'string')
        throw new VLAError('INVALID_ARGUMENT', `expected a tensor of strings, got ${tensor.dtype}`);
      tensor.data.fill(tokens?.text ?? '');
    },
  };
}

function cameraImage(camera: CameraSpec, dtype: Dtype): InputSource {
  const { id, fillValue = 0, aliases: _aliases, optional: _optional, ...options } = camera;
  const preprocessor = new ImagePreprocessor({ ...options, dtype: imageDtype(dtype) });
  return {
    shape: ({ frames }) => {
      const frame = frames.get(id);
      return frame === undefined ? preprocessor.shape : preprocessor.shapeFor(frame);
    },
    write: ({ frames }, tensor) => {
      const frame = frames.get(id);
      if (frame === undefined) fillNumber(fillValue, tensor);
      else preprocessor.write(frame, { ...tensor, shape: preprocessor.shape });
    },
  };
}

function imageDtype(dtype: Dtype): 'float32' | 'float16' | 'uint8' {
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'uint8') return dtype;
  throw new VLAError('UNSUPPORTED_POLICY', `images of type ${dtype} are not run by this version`);
}

/** Joins parts along an axis, or stacks them along a new one: both interleave blocks of bytes. */
function joined(parts: readonly InputSource[], axis: number, stack: boolean, dtype: Dtype): InputSource {
  const shapesOf = (observation: CheckedObservation) => parts.map((part) => part.shape(observation) ?? [1]);
  return {
    shape: (observation) => {
      const shape = concatShape(shapesOf(observation), axis, stack);
      return shape?.every((size) => typeof size === 'number') ? shape : undefined;
    },
    write: (observation, tensor) => {
      const shapes = shapesOf(observation);
      const blocks = shapes.map((shape, index) => {
        const part = allocateTensor(dtype, shape);
        parts[index]?.write(observation, part);
        return { part, rows: elementCount(shape.slice(0, axis)) };
      });
      if (tensor.dtype === 'string') return;
      const target = tensorBytes(tensor);
      const rows = blocks[0]?.rows ?? 0;
      let offset = 0;
      for (let row = 0; row < rows; row++)
        for (const { part } of blocks) {
          if (part.dtype === 'string') continue;
          const bytes = tensorBytes(part);
          const block = bytes.length / rows;
          target.set(bytes.subarray(row * block, (row + 1) * block), offset);
          offset += block;
        }
    },
  };
}
