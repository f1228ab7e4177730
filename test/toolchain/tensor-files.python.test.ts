import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../lib/native/package-root.js';
import { allocateTensor, type Tensor, type TensorMap } from '../../lib/policy/tensor.js';
import { readTensors, writeTensors } from '../../lib/toolchain/tensor-files.js';
import { temporaryDirectory } from '../engine/fixtures.js';

const python = process.env['JETSON_VLA_PYTHON'] ?? 'python3';

/** Reads with jetson_vla_tools.tensors, tells what it saw, and writes it back as a second set. */
const ECHO = `
import json, sys
from pathlib import Path
from jetson_vla_tools import tensors
folder = Path(sys.argv[1])
arrays = tensors.read(folder, json.loads(sys.argv[2]))
seen = {name: [str(a.dtype), list(a.shape), a.ravel().tolist()] for name, a in arrays.items()}
numeric = {name: a for name, a in arrays.items() if a.dtype != object}
print(json.dumps({"seen": seen, "files": tensors.write(folder, "back", numeric)}))
`;

function filled(dtype: 'float32' | 'int64' | 'uint8' | 'int8' | 'int32', shape: readonly number[]): Tensor {
  const tensor = allocateTensor(dtype, shape);
  for (let index = 0; index < tensor.data.length; index++)
    if (tensor.dtype === 'int64') tensor.data[index] = BigInt(index) - 2n;
    else tensor.data[index] = index * 3;
  return tensor;
}

const sent: TensorMap = {
  real: filled('float32', [2, 3]),
  half: { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x7bff) },
  bytes: filled('uint8', [1, 2, 2]),
  signed: filled('int8', [4]),
  ids: filled('int32', [2]),
  wide: filled('int64', [3]),
  mask: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  scalar: filled('float32', []),
  empty: filled('float32', [0, 4]),
};

describe('tensor files and NumPy', () => {
  it('agree on every type and shape, in both directions', async () => {
    const directory = await temporaryDirectory();
    const text: Tensor = { dtype: 'string', shape: [1], data: ['grüß dich'] };
    const files = await writeTensors(directory, 'sent', { ...sent, text });
    const { stdout } = await promisify(execFile)(python, ['-c', ECHO, directory, JSON.stringify(files)], {
      env: { ...process.env, PYTHONPATH: join(packageRoot, 'python'), PYTHONIOENCODING: 'utf-8' },
    });
    const { seen, files: back } = JSON.parse(stdout);
    expect(seen).toEqual({
      real: ['float32', [2, 3], [0, 3, 6, 9, 12, 15]],
      half: ['float16', [3], [1, -2, 65504]],
      bytes: ['uint8', [1, 2, 2], [0, 3, 6, 9]],
      signed: ['int8', [4], [0, 3, 6, 9]],
      ids: ['int32', [2], [0, 3]],
      wide: ['int64', [3], [-2, -1, 0]],
      mask: ['bool', [2], [true, false]],
      scalar: ['float32', [], [0]],
      empty: ['float32', [0, 4], []],
      text: ['object', [1], ['grüß dich']],
    });
    expect(await readTensors(directory, back)).toEqual(sent);
  });
});
