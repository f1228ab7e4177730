import { open } from 'node:fs/promises';
import { VLAError } from '../../errors.js';
import { ProtobufError, ProtobufFile } from '../protobuf-fields.js';
import { emptyGraph, type GraphContents, readGraph, readNode } from './graph.js';
import { readEntry, type Span, select, signed } from './message.js';
import type { OnnxValue } from './value-info.js';

/** What an ONNX file says about itself, read without its weights. */
export interface OnnxModel extends Readonly<GraphContents> {
  /** Version of the file format. */
  readonly irVersion: number;
  /** What wrote it, with its version, such as `pytorch 2.13.0`; empty when it does not say. */
  readonly producer: string;
  /** Version of each set of operators by its domain; that of ONNX itself is `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the file itself. */
  readonly bytes: number;
}

const LFS_POINTER = 'version https://git-lfs';

/**
 * Reads the structure of an ONNX model of any size: of its weights only the names, types and shapes.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is no ONNX model
 */
export async function readOnnxModel(file: string): Promise<OnnxModel> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw cannotRead(file, cause);
  });
  try {
    const { size } = await handle.stat();
    const start = Buffer.alloc(LFS_POINTER.length);
    await handle.read(start, 0, start.length, 0);
    if (start.toString('latin1') === LFS_POINTER) throw invalid(file, ': it is a Git LFS pointer');
    const model = await readModel(new ProtobufFile(handle), size);
    if (model.inputs.length + model.outputs.length > 0) return model;
  } catch (cause) {
    if (cause instanceof VLAError) throw cause;
    if (!(cause instanceof ProtobufError)) throw cannotRead(file, cause);
    throw invalid(file, `: ${cause.message}`, cause);
  } finally {
    await handle.close();
  }
  throw invalid(file, ': it has no graph with inputs and outputs');
}

/** The inputs that a caller fills: older files list their weights as inputs too. */
export function trueInputs({ inputs, weights }: GraphContents): readonly OnnxValue[] {
  const names = new Set(weights.map(({ name }) => name));
  return inputs.filter(({ name }) => !names.has(name));
}

// The field numbers are those of onnx.proto, which ONNX never changes.

async function readModel(file: ProtobufFile, bytes: number): Promise<OnnxModel> {
  const graph = emptyGraph();
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  const producer = ['', ''];
  let irVersion = 0;
  for await (const field of file.fields(0, bytes)) {
    if (field.number === 1) irVersion = signed(field.value);
    else if (field.number === 2 || field.number === 3) producer[field.number - 2] = await file.text(field);
    else if (field.number === 7) await readGraph(file, field, graph);
    else if (field.number === 8) {
      const [domain, version] = await readOpset(file, field);
      opsets[domain] = version;
    } else if (field.number === 14) {
      const [key, value] = await readEntry(file, field);
      metadata[key] = value;
    } else if (field.number === 25)
      // A function's own operators count: they are what runs.
      for await (const node of select(file, field, 7)) await readNode(file, node, graph, 1);
  }
  return { ...graph, irVersion, producer: producer.join(' ').trim(), opsets, metadata, bytes };
}

async function readOpset(file: ProtobufFile, span: Span): Promise<[domain: string, version: number]> {
  let [domain, version] = ['', 0];
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 1) domain = await file.text(field);
    if (field.number === 2) version = signed(field.value);
  }
  return [domain || 'ai.onnx', version];
}

function cannotRead(file: string, cause: unknown): VLAError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VLAError('BUNDLE_NOT_FOUND', `cannot read the ONNX file ${file}: ${reason}`, {
    hint: 'Check the path and the permissions of the file.',
    cause,
  });
}

function invalid(file: string, why: string, cause?: ProtobufError): VLAError {
  return new VLAError('MODEL_INVALID', `${file} is no ONNX model${why}`, {
    hint: 'Export the model again; a Git LFS pointer has to be fetched first (git lfs pull).',
    ...(cause && { cause }),
  });
}
