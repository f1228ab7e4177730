import { randomUUID } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { abortError } from '../engine/abort.js';
import { passportFile } from '../engine/engine-passport.js';
import { fileSha256 } from '../engine/file-sha256.js';
import { findTensorRT } from '../engine/tensorrt-libraries.js';
import { VLAError } from '../errors.js';
import type { NativeBuild, NativeBuildOptions, NativeBuildResult } from '../native/addon-types.js';
import { atExit } from '../native/at-exit.js';
import { loadAddon } from '../native/load-addon.js';
import { nativeError } from '../native/native-error.js';
import type { BuiltEngine } from './build-engine.js';
import type { ResolvedBuildOptions } from './build-options.js';
import { resolveProfiles } from './build-profiles.js';
import { makePassport } from './make-passport.js';
import { readOnnxInputs } from './onnx-inputs.js';
import { openTimingCache } from './timing-cache.js';

export interface BuildObserver {
  onStart(native: NativeBuild): void;
  /** There is progress to take. */
  onProgress(): void;
}

const MIB = 1024 * 1024;

/** From checked options to an engine on disk; on any error nothing is left of it. */
export async function runBuild(options: ResolvedBuildOptions, observer: BuildObserver): Promise<BuiltEngine> {
  const { onnx, output, signal } = options;
  try {
    // What fails in milliseconds comes first.
    const profiles = resolveProfiles(await readOnnxInputs(onnx), options.profiles);
    await requireReplaceable(output);
    signal?.throwIfAborted();
    const onnxSha256 = await fileSha256(onnx, signal);
    const tensorrt = await findTensorRT({ ...options.libraries, parser: true });
    const warnings: string[] = [];
    const cache = await openTimingCache(options.timingCache, tensorrt.info, (text) => warnings.push(text));
    signal?.throwIfAborted();
    const stagedFile = path.join(path.dirname(output), `.${path.basename(output)}.${randomUUID()}`);
    const native = loadAddon().buildEngine({
      ...nativeOptions(options),
      libraries: tensorrt.libraries,
      profiles,
      stagedFile,
      ...(cache.bytes && { timingCache: cache.bytes }),
      onProgress: () => observer.onProgress(),
    });
    return await finish(native, signal, async (built) => {
      observer.onStart(native);
      const result = await built;
      await cache.keep(result.timingCache);
      const passport = await makePassport({ options, tensorrt, result, stagedFile, onnxSha256 });
      signal?.throwIfAborted();
      await options.verify?.(stagedFile, passport);
      signal?.throwIfAborted();
      native.publish({ file: output, passport: `${JSON.stringify(passport, null, 2)}\n` });
      warnings.push(...result.warnings);
      return { path: output, passportPath: passportFile(output), passport, warnings };
    });
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : typedError(error);
  }
}

function typedError(error: unknown): unknown {
  // Of the file system: somebody removed the model or the engine meanwhile, or the disk fails.
  if (error instanceof Error && 'syscall' in error)
    return new VLAError('ENGINE_BUILD_FAILED', `the engine cannot be built: ${error.message}`, {
      cause: error,
    });
  return nativeError(error);
}

/** Whatever happens, the native build is over and has left nothing behind when this is done. */
async function finish<T>(
  native: NativeBuild,
  signal: AbortSignal | undefined,
  use: (result: Promise<NativeBuildResult>) => Promise<T>,
): Promise<T> {
  const forget = atExit(() => {
    native.cancel();
    native.stop();
  });
  const cancel = () => native.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await use(native.result);
  } finally {
    signal?.removeEventListener('abort', cancel);
    native.stop();
    forget();
  }
}

async function requireReplaceable(output: string): Promise<void> {
  const directory = path.dirname(output);
  const found = await stat(output).catch(() => undefined);
  if (found && !found.isFile())
    throw new VLAError('INVALID_ARGUMENT', `output: expected the path of a file, got ${output}`);
  await access(directory, constants.W_OK).catch((cause: unknown) => {
    throw new VLAError('INVALID_ARGUMENT', `output: cannot write to the directory ${directory}`, {
      hint: 'Create it, or choose another one with the option output.',
      cause,
    });
  });
}

function nativeOptions(
  options: ResolvedBuildOptions,
): Omit<NativeBuildOptions, 'libraries' | 'profiles' | 'stagedFile' | 'timingCache' | 'onProgress'> {
  const { onnx, precision, tf32, stronglyTyped, versionCompatible, hardwareCompatible } = options;
  const { workspaceMiB, optimisationLevel } = options;
  return {
    onnx,
    fp16: precision.includes('fp16'),
    bf16: precision.includes('bf16'),
    int8: precision.includes('int8'),
    fp8: precision.includes('fp8'),
    tf32,
    stronglyTyped,
    versionCompatible,
    hardwareCompatible,
    ...(workspaceMiB !== undefined && { workspaceBytes: workspaceMiB * MIB }),
    ...(optimisationLevel !== undefined && { optimisationLevel }),
  };
}
