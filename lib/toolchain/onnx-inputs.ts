import { open } from 'node:fs/promises';
import { VLAError } from '../errors.js';
import { ProtobufError, type ProtobufField, ProtobufFile } from './protobuf-fields.js';

/** An input of an ONNX graph that is no weight. */
export interface OnnxInput {
  readonly name: string;
  /** A dynamic dimension is its symbolic name, or −1 when it has none; undefined when even the rank is open. */
  readonly shape: readonly (number | string)[] | undefined;
}

/**
 * The inputs of an ONNX model: read from the file alone, without loading it.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is no ONNX model
 */
export async function readOnnxInputs(file: string): Promise<readonly OnnxInput[]> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw cannotRead(file, cause);
  });
  try {
    const { size } = await handle.stat();
    const inputs = await inputsOf(new ProtobufFile(handle), size);
    if (inputs.length > 0) return inputs;
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cannotRead(file, cause);
    throw invalid(file, cause);
  } finally {
    await handle.close();
  }
  throw invalid(file);
}

function cannotRead(file: string, cause: unknown): VLAError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VLAError('BUNDLE_NOT_FOUND', `cannot read the ONNX file ${file}: ${reason}`, {
    hint: 'Check the path and the permissions of the file.',
    cause,
  });
}

function invalid(file: string, cause?: ProtobufError): VLAError {
  const why = cause ? `: ${cause.message}` : ': it has no graph with inputs';
  return new VLAError('MODEL_INVALID', `${file} is no ONNX model${why}`, {
    hint: 'Export the model again; a Git LFS pointer has to be fetched first (git lfs pull).',
    ...(cause && { cause }),
  });
}

// The field numbers below are those of onnx.proto, which ONNX never changes.

async function inputsOf(file: ProtobufFile, size: number): Promise<OnnxInput[]> {
  const inputs: OnnxInput[] = [];
  const weights = new Set<string>();
  for await (const graph of select(file, 0, size, 7))
    for await (const field of file.fields(graph.start, graph.end)) {
      if (field.number === 5) weights.add(await nameOf(file, field, 8));
      if (field.number === 11) inputs.push(await readInput(file, field));
    }
  return inputs.filter(({ name }) => !weights.has(name));
}

async function readInput(file: ProtobufFile, input: ProtobufField): Promise<OnnxInput> {
  const name = await nameOf(file, input, 1);
  for await (const type of select(file, input.start, input.end, 2))
    for await (const tensor of select(file, type.start, type.end, 1))
      for await (const shape of select(file, tensor.start, tensor.end, 2))
        return { name, shape: await readShape(file, shape) };
  return { name, shape: undefined };
}

async function readShape(file: ProtobufFile, shape: ProtobufField): Promise<(number | string)[]> {
  const dims: (number | string)[] = [];
  for await (const dim of select(file, shape.start, shape.end, 1)) {
    let size: number | string = -1;
    for await (const field of file.fields(dim.start, dim.end)) {
      if (field.number === 1) size = Math.max(-1, Number(BigInt.asIntN(64, field.value)));
      if (field.number === 2) size = (await file.text(field)) || -1;
    }
    dims.push(size);
  }
  return dims;
}

async function nameOf(file: ProtobufFile, message: ProtobufField, number: number): Promise<string> {
  for await (const field of select(file, message.start, message.end, number)) return file.text(field);
  return '';
}

async function* select(file: ProtobufFile, start: number, end: number, number: number) {
  for await (const field of file.fields(start, end)) if (field.number === number) yield field;
}
