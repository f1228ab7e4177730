import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type EnginePassport, PASSPORT_HEADER } from '../engine/engine-passport.js';
import { fileSha256 } from '../engine/file-sha256.js';
import type { FoundTensorRT } from '../engine/tensorrt-libraries.js';
import type { NativeBuildResult, NativeBuiltTensor } from '../native/addon-types.js';
import { packageVersion } from '../native/package-root.js';
import type { ResolvedBuildOptions } from './build-options.js';

export interface FinishedBuild {
  readonly options: ResolvedBuildOptions;
  readonly tensorrt: FoundTensorRT;
  readonly result: NativeBuildResult;
  /** The engine, under the name that it has until it is published. */
  readonly stagedFile: string;
  readonly onnxSha256: string;
}

/** Writes down what was built from what, with what, and for which machine. */
export async function makePassport(build: FinishedBuild): Promise<EnginePassport> {
  const { options, stagedFile, onnxSha256 } = build;
  const { info } = build.tensorrt;
  const { tensors } = build.result;
  const { precision, tf32, stronglyTyped, versionCompatible, hardwareCompatible } = options;
  const { workspaceMiB, optimisationLevel } = options;
  const { size, mtimeMs } = await stat(stagedFile);
  return {
    ...PASSPORT_HEADER,
    createdAt: new Date().toISOString(),
    createdBy: `jetson-vla ${packageVersion()}`,
    file: path.basename(options.output),
    sha256: await fileSha256(stagedFile, options.signal),
    bytes: size,
    modifiedMs: Math.trunc(mtimeMs),
    onnx: { file: path.basename(options.onnx), sha256: onnxSha256 },
    tensorrt: info.version,
    gpu: info.device.name,
    sm: info.device.computeCapability,
    platform: `${process.platform}-${process.arch}`,
    options: {
      precision: [...precision],
      tf32,
      // TensorRT 11 knows no other way.
      stronglyTyped: stronglyTyped || Number.parseInt(info.version, 10) >= 11,
      versionCompatible,
      hardwareCompatible,
      ...(workspaceMiB !== undefined && { workspaceMiB }),
      ...(optimisationLevel !== undefined && { optimisationLevel }),
    },
    inputs: tensors.filter(({ mode }) => mode === 'input').map(describeTensor),
    outputs: tensors.filter(({ mode }) => mode === 'output').map(describeTensor),
  };
}

function describeTensor({ name, dtype, shape, location, profiles }: NativeBuiltTensor) {
  return {
    name,
    dtype,
    shape: [...shape],
    location,
    ...(profiles.length > 0 && {
      profiles: profiles.map(({ min, opt, max }) => ({ min: [...min], opt: [...opt], max: [...max] })),
    }),
  };
}
