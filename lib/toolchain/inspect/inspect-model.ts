import { stat } from 'node:fs/promises';
import { readPassport } from '../../engine/engine-passport.js';
import { VLAError } from '../../errors.js';
import { summariseOnnx } from '../onnx/summary.js';
import type { InspectedModel, Verdict } from './inspection.js';
import { buildVerdict, engineVerdict, onnxRuntimeVerdict } from './verdicts.js';

export interface ModelToInspect {
  /** Absolute. */
  readonly path: string;
  /** As it is shown. */
  readonly file: string;
  readonly format: 'onnx' | 'engine';
  readonly precision?: string;
  /** What `jetson-vla build` is given for it: the file, or its bundle. */
  readonly buildTarget: string;
  /** Whether it is opened on the backends of this machine. */
  readonly load: boolean;
}

/** Looks into one model. What is wrong with it is a part of the answer. */
export async function inspectModel(model: ModelToInspect): Promise<InspectedModel> {
  const { path, file, format, precision } = model;
  const { size } = await stat(path);
  const base = { file, format, bytes: size, ...(precision !== undefined && { precision }) };
  try {
    return { ...base, ...(format === 'onnx' ? await lookIntoOnnx(model) : await lookIntoEngine(model)) };
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    const { code, message } = error;
    return { ...base, broken: { code, message }, verdicts: [] };
  }
}

async function lookIntoOnnx({ path, buildTarget, load }: ModelToInspect) {
  const onnx = await summariseOnnx(path);
  const missing = onnx.external.find(({ bytes, needed }) => bytes === undefined || bytes < needed);
  const verdicts: Verdict[] = missing
    ? (['onnxruntime', 'tensorrt'] as const).map((backend) => ({
        backend,
        runs: 'no',
        message: `its weights in ${missing.file} are ${missing.bytes === undefined ? 'missing' : 'cut off'}`,
        hint: 'Copy the file again beside the .onnx file.',
      }))
    : [await onnxRuntimeVerdict(path, load), await buildVerdict(onnx, buildTarget)];
  return { onnx, verdicts };
}

async function lookIntoEngine({ path, load }: ModelToInspect) {
  const passport = await readPassport(path);
  const { verdict, engine } = await engineVerdict(path, load);
  return { ...(passport && { passport }), ...(engine && { engine }), verdicts: [verdict] };
}
