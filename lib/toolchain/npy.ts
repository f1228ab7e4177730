import { VLAError } from '../errors.js';
import { allocateTensor, type Dtype, elementCount, type Tensor } from '../policy/tensor.js';

/** NumPy's names of the element types; bfloat16 and strings have none that travel. */
const DESCRIPTORS = {
  float32: '<f4',
  float16: '<f2',
  uint8: '|u1',
  int8: '|i1',
  int32: '<i4',
  int64: '<i8',
  bool: '|b1',
} as const satisfies Partial<Record<Dtype, string>>;

type NpyDtype = keyof typeof DESCRIPTORS;

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
const ALIGNMENT = 64;

/**
 * A tensor as the contents of a NumPy `.npy` file, format version 1.0.
 *
 * @throws VLAError INVALID_ARGUMENT for bfloat16 and string tensors
 */
export function toNpy(tensor: Tensor): Buffer {
  if (!isNpyDtype(tensor.dtype))
    throw new VLAError('INVALID_ARGUMENT', `expected a tensor that NumPy knows, got ${tensor.dtype}`);
  const sizes = tensor.shape.map((size) => `${size},`).join(' ');
  const text = `{'descr': '${DESCRIPTORS[tensor.dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const unpadded = MAGIC.length + 2 + text.length + 1;
  const header = `${text}${' '.repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const { data } = tensor;
  if (Array.isArray(data)) throw new VLAError('INVALID_ARGUMENT', 'strings have no NumPy form');
  return Buffer.concat([
    MAGIC,
    length,
    Buffer.from(header, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

/**
 * Reads what {@link toNpy} or `numpy.save` wrote, row-major and little-endian.
 *
 * @throws VLAError INVALID_ARGUMENT for anything else
 */
export function fromNpy(bytes: Buffer): Tensor {
  const header = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([^)]*)\), \}\s*$/.exec(
    bytes.subarray(10, 10 + (bytes.length > 10 ? bytes.readUInt16LE(8) : 0)).toString('latin1'),
  );
  const found = Object.entries(DESCRIPTORS).find(([, descriptor]) => descriptor === header?.[1]);
  const dtype = found?.[0];
  if (!bytes.subarray(0, 8).equals(MAGIC) || header === null || dtype === undefined || !isNpyDtype(dtype))
    throw new VLAError('INVALID_ARGUMENT', 'expected a row-major .npy array of a type that models use');
  const shape = (header[2] ?? '')
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const body = bytes.subarray(10 + bytes.readUInt16LE(8));
  // Before the memory is allocated: a damaged shape may ask for any amount.
  if (body.length !== elementCount(shape) * Number(DESCRIPTORS[dtype].slice(-1)))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `expected ${elementCount(shape)} elements of ${dtype}, got ${body.length} bytes`,
    );
  const tensor = allocateTensor(dtype, shape);
  new Uint8Array(tensor.data.buffer).set(body);
  return tensor;
}

function isNpyDtype(dtype: string): dtype is NpyDtype {
  return Object.hasOwn(DESCRIPTORS, dtype);
}
