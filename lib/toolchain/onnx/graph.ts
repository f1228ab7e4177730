import { ProtobufError, type ProtobufFile } from '../protobuf-fields.js';
import type { Span } from './message.js';
import { type OnnxWeight, readWeight } from './tensor.js';
import { type OnnxValue, readValue } from './value-info.js';

/** How deep graphs may lie in attributes of nodes of graphs: a file made to exhaust the stack is no model. */
const DEEPEST = 64;

/** What a graph consists of, its subgraphs included. */
export interface GraphContents {
  name: string;
  readonly inputs: OnnxValue[];
  readonly outputs: OnnxValue[];
  readonly weights: OnnxWeight[];
  /** How often each operator stands in it: `Conv`, or `com.microsoft.MatMulNBits` for those not of ONNX itself. */
  readonly operators: Map<string, number>;
  /** Those of the operators `ScatterND` that add, multiply or compare with what is there. */
  scatterReductions: number;
}

export function emptyGraph(): GraphContents {
  return { name: '', inputs: [], outputs: [], weights: [], operators: new Map(), scatterReductions: 0 };
}

// The field numbers are those of onnx.proto, which ONNX never changes.

/** Adds what is in a GraphProto to `into`; inputs and outputs of the outermost graph only. */
export async function readGraph(
  file: ProtobufFile,
  span: Span,
  into: GraphContents,
  depth = 0,
): Promise<void> {
  if (depth > DEEPEST) throw new ProtobufError(`graphs are nested deeper than ${DEEPEST}`);
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 1) await readNode(file, field, into, depth);
    else if (field.number === 5) into.weights.push(await readWeight(file, field));
    else if (depth > 0) continue;
    else if (field.number === 2) into.name = await file.text(field);
    else if (field.number === 11) into.inputs.push(await readValue(file, field));
    else if (field.number === 12) into.outputs.push(await readValue(file, field));
  }
}

/** Adds a NodeProto: its operator, and what graphs and tensors its attributes hold. */
export async function readNode(
  file: ProtobufFile,
  span: Span,
  into: GraphContents,
  depth: number,
): Promise<void> {
  let [operator, domain, reduction] = ['', '', 'none'];
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 4) operator = await file.text(field);
    else if (field.number === 7) domain = await file.text(field);
    else if (field.number === 5) reduction = (await readAttribute(file, field, into, depth)) ?? reduction;
  }
  if (operator === 'ScatterND' && reduction !== 'none') into.scatterReductions++;
  const name = domain === '' || domain === 'ai.onnx' ? operator : `${domain}.${operator}`;
  into.operators.set(name, (into.operators.get(name) ?? 0) + 1);
}

/** Adds the graphs and tensors of an AttributeProto; returns the value of one that is called `reduction`. */
async function readAttribute(
  file: ProtobufFile,
  span: Span,
  into: GraphContents,
  depth: number,
): Promise<string | undefined> {
  let name = '';
  let value: string | undefined;
  for await (const part of file.fields(span.start, span.end)) {
    if (part.number === 1) name = await file.text(part);
    // A string may be a whole dictionary: only a short one can be the name of a reduction.
    else if (part.number === 4 && part.end - part.start < 16) value = await file.text(part);
    else if (part.number === 5 || part.number === 10) into.weights.push(await readWeight(file, part));
    else if (part.number === 6 || part.number === 11) await readGraph(file, part, into, depth + 1);
  }
  return name === 'reduction' ? value : undefined;
}
