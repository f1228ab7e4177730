import path from 'node:path';
import { VLAError } from '../../errors.js';
import { bundleOrFile } from '../../policy/bundle-or-file.js';
import { type InspectOptions, inspectBundle } from './inspect-bundle.js';
import { inspectModel } from './inspect-model.js';
import type { Inspection } from './inspection.js';

/**
 * Looks into a bundle, an ONNX model or a TensorRT engine: what goes in and out, what it is made of, and what of it
 * this machine can run. Nothing is changed, and nothing of NVIDIA's is needed.
 *
 * @param target a bundle's directory, its policy.json, an .onnx, .engine or .plan file
 * @throws VLAError BUNDLE_NOT_FOUND, INVALID_ARGUMENT for another kind of file, and what is wrong with a bundle
 */
export async function inspectPath(target: string, options: InspectOptions = {}): Promise<Inspection> {
  const found = await bundleOrFile(target);
  if ('bundle' in found) return inspectBundle(found.bundle, options);
  const absolute = found.file;
  const format = formatOf(absolute);
  const model = await inspectModel({
    path: absolute,
    file: path.basename(absolute),
    format,
    buildTarget: target,
    load: options.load ?? true,
  });
  const beside = model.onnx?.external ?? [];
  const bytes = beside.reduce((sum, file) => sum + (file.bytes ?? 0), model.bytes);
  const warnings =
    format === 'engine' && model.passport === undefined
      ? ['no passport beside it: what it was built from, and for which machine, is not known']
      : [];
  return { kind: format, path: absolute, bytes, models: [model], warnings };
}

function formatOf(file: string): 'onnx' | 'engine' {
  switch (path.extname(file).toLowerCase()) {
    case '.onnx':
      return 'onnx';
    case '.engine':
    case '.plan':
      return 'engine';
    default:
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected a bundle, policy.json, .onnx, .engine or .plan, got ${file}`,
      );
  }
}
