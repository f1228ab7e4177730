import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type OnnxModel, readOnnxModel, trueInputs } from './read-model.js';
import type { OnnxWeight } from './tensor.js';
import { type TensorRTGap, tensorRTGaps } from './tensorrt-gaps.js';
import type { OnnxValue } from './value-info.js';

/** What all weights of one type take. */
export interface DtypeShare {
  /** Such as `float32`. */
  readonly dtype: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** A file with weights beside the model. */
export interface ExternalFile {
  /** Relative to the directory of the model. */
  readonly file: string;
  /** Undefined when it is not there. */
  readonly bytes: number | undefined;
  /** What the model reads of it at least, bytes. */
  readonly needed: number;
}

/** How a model is quantised: while it runs, by explicit Q/DQ nodes, or with integer operators. */
export type Quantisation = 'none' | 'dynamic' | 'qdq' | 'integer';

/** What is in an ONNX file. */
export interface OnnxSummary {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Names of the dimensions that are open, in the order of inputs and outputs; `?` for one without a name. */
  readonly dynamicAxes: readonly string[];
  /** How often each operator stands in the model, subgraphs and functions included; the commonest first. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  /** The precision histogram: what takes most bytes comes first. */
  readonly weights: readonly DtypeShare[];
  /** At most five. */
  readonly largest: readonly OnnxWeight[];
  readonly quantisation: Quantisation;
  readonly external: readonly ExternalFile[];
  /** What TensorRT does not take; empty is no promise. */
  readonly tensorrtGaps: readonly TensorRTGap[];
}

const LARGEST = 5;

/**
 * Sums up an ONNX model of any size without reading its weights.
 *
 * @throws VLAError BUNDLE_NOT_FOUND, MODEL_INVALID
 */
export async function summariseOnnx(file: string): Promise<OnnxSummary> {
  const model = await readOnnxModel(file);
  const { irVersion, producer, opsets, metadata, outputs, weights } = model;
  const inputs = trueInputs(model);
  return {
    irVersion,
    producer,
    opsets,
    metadata,
    inputs,
    outputs,
    dynamicAxes: dynamicAxes([...inputs, ...outputs]),
    operators: Object.fromEntries([...model.operators].toSorted((a, b) => b[1] - a[1])),
    parameters: weights.reduce((sum, { elements }) => sum + elements, 0),
    weights: sharesByDtype(weights),
    largest: weights.toSorted((a, b) => b.bytes - a.bytes).slice(0, LARGEST),
    quantisation: quantisationOf(model),
    external: await externalFiles(weights, path.dirname(file)),
    tensorrtGaps: tensorRTGaps(model, inputs, outputs),
  };
}

function dynamicAxes(values: readonly OnnxValue[]): readonly string[] {
  const open = values.flatMap(({ shape = ['?'] }) =>
    shape
      .filter((size) => typeof size === 'string' || size < 0)
      .map((size) => (size === -1 ? '?' : `${size}`)),
  );
  return [...new Set(open)];
}

function sharesByDtype(weights: readonly OnnxWeight[]): readonly DtypeShare[] {
  const shares = new Map<string, DtypeShare>();
  for (const { dtype, elements, bytes } of weights) {
    const share = shares.get(dtype) ?? { dtype, tensors: 0, parameters: 0, bytes: 0 };
    shares.set(dtype, {
      dtype,
      tensors: share.tensors + 1,
      parameters: share.parameters + elements,
      bytes: share.bytes + bytes,
    });
  }
  return [...shares.values()].toSorted((a, b) => b.bytes - a.bytes);
}

function quantisationOf({ operators }: OnnxModel): Quantisation {
  const has = (pattern: RegExp) => [...operators.keys()].some((name) => pattern.test(name));
  if (has(/(^|\.)(DynamicQuantizeLinear|DynamicQuantize\w+)$/)) return 'dynamic';
  if (has(/(^|\.)(QLinear\w+|\w+Integer|MatMulNBits)$/)) return 'integer';
  return has(/(^|\.)DequantizeLinear$/) ? 'qdq' : 'none';
}

async function externalFiles(
  weights: readonly OnnxWeight[],
  directory: string,
): Promise<readonly ExternalFile[]> {
  const needed = new Map<string, number>();
  for (const { external, bytes } of weights) {
    if (external === undefined) continue;
    const end = external.offset + (external.length ?? bytes);
    needed.set(external.location, Math.max(needed.get(external.location) ?? 0, end));
  }
  return Promise.all(
    [...needed].map(async ([file, end]) => {
      const found = await stat(path.resolve(directory, file)).catch(() => undefined);
      return { file, bytes: found?.isFile() ? found.size : undefined, needed: end };
    }),
  );
}
