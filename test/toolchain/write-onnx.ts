import { writeFile } from 'node:fs/promises';

export interface OnnxTensor {
  readonly name: string;
  /** TensorProto.DataType; 1, float32, by default. */
  readonly type?: number;
  /** −1 for a dimension without size and name. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs?: readonly OnnxTensor[];
  readonly nodes?: readonly { readonly name: string; readonly op: string }[];
  /** Names of weights, with this many bytes each. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** The bytes of an ONNX model, as far as its inputs, outputs and operators go. */
export function onnxBytes({ inputs, outputs = [], nodes = [], weights = {} }: OnnxGraph): Buffer {
  const graph = Buffer.concat([
    ...nodes.map(({ name, op }) => bytes(1, Buffer.concat([text(3, name), text(4, op)]))),
    text(2, 'graph'),
    ...Object.entries(weights).map(([name, size]) =>
      bytes(
        5,
        Buffer.concat([number(1, size), number(2, 2), text(8, name), bytes(9, Buffer.alloc(size, 7))]),
      ),
    ),
    ...inputs.map((tensor) => bytes(11, valueInfo(tensor))),
    ...outputs.map((tensor) => bytes(12, valueInfo(tensor))),
  ]);
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, number(2, 17))]);
}

/** A model that copies its inputs. */
export async function writeOnnx(file: string, graph: OnnxGraph): Promise<void> {
  const outputs = graph.inputs.map((input) => ({ ...input, name: `${input.name}_copy` }));
  const nodes = graph.inputs.map(({ name }) => ({ name: `copy_${name}`, op: 'Identity' }));
  await writeFile(file, onnxBytes({ outputs, nodes, ...graph }));
}

function valueInfo({ name, type = 1, shape }: OnnxTensor): Buffer {
  const dims = shape.map((size) => {
    if (typeof size === 'string') return bytes(1, text(2, size));
    return bytes(1, size < 0 ? Buffer.alloc(0) : number(1, size));
  });
  const tensorType = Buffer.concat([number(1, type), bytes(2, Buffer.concat(dims))]);
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensorType))]);
}

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 0x80);
  return Buffer.from([...digits, rest]);
}

export function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

export function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}
