import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tensor, TensorMap } from '../policy/tensor.js';
import { fromNpy, toNpy } from './npy.js';

/** File of each tensor by its name, relative to the directory that they lie in. */
export type TensorFiles = Readonly<Record<string, string>>;

/**
 * Writes tensors where the Python side reads them: one `.npy` each, a tensor of strings as a JSON list.
 *
 * @param label begins the files' names, so that several sets fit into one directory
 */
export async function writeTensors(
  directory: string,
  label: string,
  tensors: TensorMap,
): Promise<TensorFiles> {
  const files: Record<string, string> = {};
  for (const [index, [name, tensor]] of Object.entries(tensors).entries()) {
    const file = `${label}.${index}.${tensor.dtype === 'string' ? 'json' : 'npy'}`;
    await writeFile(
      path.join(directory, file),
      tensor.dtype === 'string' ? JSON.stringify(tensor.data) : toNpy(tensor),
    );
    files[name] = file;
  }
  return files;
}

/** Reads the `.npy` files that the Python side wrote. */
export async function readTensors(directory: string, files: TensorFiles): Promise<TensorMap> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, file] of Object.entries(files))
    tensors[name] = fromNpy(await readFile(path.join(directory, file)));
  return tensors;
}
