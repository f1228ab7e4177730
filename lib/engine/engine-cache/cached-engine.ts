import { basename } from 'node:path';
import { VLAError, type VLAErrorCode } from '../../errors.js';
import type { TensorRTInfo } from '../../native/addon-types.js';
import { type BuildEngineOptions, resolveBuildOptions } from '../../toolchain/build-options.js';
import type { LoadOptions } from '../load-options.js';
import type { Machine } from '../machine.js';
import type { Session } from '../session.js';
import { findTensorRT } from '../tensorrt-libraries.js';
import { type EngineBuildOptions, resolveTensorRTOptions } from '../tensorrt-options.js';
import { TensorRTSession } from '../tensorrt-session.js';
import { engineCacheKey } from './cache-key.js';
import { type BuildFailure, EngineCache, engineCacheDirectory } from './engine-cache.js';
import { withFileLock } from './file-lock.js';
import { modelSha256, type OnnxModel, resolveModelProfiles } from './onnx-model.js';

export interface CachedEngine {
  /** Owned by the caller. */
  readonly session: Session;
  /** The engine in the cache; absolute. */
  readonly file: string;
}

/** What an entry of the cache suffers from when it is damaged, or not what its key says. */
const REBUILD: ReadonlySet<VLAErrorCode> = new Set([
  'BUNDLE_NOT_FOUND',
  'ENGINE_CORRUPT',
  'ENGINE_VERSION_MISMATCH',
  'ENGINE_DEVICE_MISMATCH',
]);

/** Everything that one load works with. */
interface Job {
  readonly model: OnnxModel;
  readonly cache: EngineCache;
  readonly key: string;
  readonly info: TensorRTInfo;
  readonly options: LoadOptions;
  readonly build: Omit<BuildEngineOptions, 'output' | 'verify'> | undefined;
  readonly warn: (text: string) => void;
}

/**
 * Opens the engine that was built from an ONNX file for this TensorRT, GPU and options; builds it first when the cache
 * has none. Of several processes one builds and the others wait. A damaged entry is built once more.
 *
 * @throws VLAError ENGINE_BUILD_FAILED, also for a model that failed with the same key before; BACKEND_UNAVAILABLE when
 *   there is no engine and `tensorrt.build` is false; WRITE_FAILED, ABORTED; as `buildEngine`, `findTensorRT` and
 *   {@link TensorRTSession.load}
 */
export async function openCachedEngine(
  model: OnnxModel,
  options: LoadOptions,
  machine: Machine,
): Promise<CachedEngine> {
  const job = await prepare(model, options, machine);
  const open = async (): Promise<CachedEngine> => {
    const file = await ensureEngine(job);
    const { onWarning } = options;
    const session = await TensorRTSession.load(file, {
      ...(options.tensorrt && { tensorrt: options.tensorrt }),
      ...(onWarning && { onWarning }),
    });
    await job.cache.touch(job.key);
    return { session, file };
  };
  const before = await job.cache.find(job.key);
  try {
    return await open();
  } catch (error) {
    if (before === undefined || !(error instanceof VLAError) || !REBUILD.has(error.code)) throw error;
    job.warn(
      `the engine in the cache cannot be used and is built again: [${error.code}] ${oneLine(error.message)}`,
    );
    await job.cache.discard(job.key, before);
    return await open();
  }
}

async function prepare(model: OnnxModel, options: LoadOptions, machine: Machine): Promise<Job> {
  const { tensorrt = {}, engineCache, signal } = options;
  const { nvinfer, onnxParser, cuda, device } = resolveTensorRTOptions(tensorrt);
  const { info } = await findTensorRT(resolveTensorRTOptions(tensorrt));
  const wanted: EngineBuildOptions = tensorrt.build || {};
  const profiles = await resolveModelProfiles(model, wanted.profiles);
  const build = { ...wanted, ...(profiles && { profiles }) };
  const libraries = {
    ...(nvinfer !== undefined && { nvinfer }),
    ...(onnxParser !== undefined && { onnxParser }),
    ...(cuda !== undefined && { cuda }),
    device,
  };
  return {
    model,
    cache: new EngineCache(engineCache || engineCacheDirectory(machine)),
    key: engineCacheKey({
      sha256: await modelSha256(model),
      info,
      options: resolveBuildOptions(model.file, wanted),
      profiles,
    }),
    info,
    options,
    build: tensorrt.build === false ? undefined : { ...build, libraries, ...(signal && { signal }) },
    warn: options.onWarning ?? ((text) => process.emitWarning(text, { type: 'JetsonVLAWarning' })),
  };
}

/** The path of the engine, built if need be. */
async function ensureEngine(job: Job): Promise<string> {
  const { cache, key, model, warn, info } = job;
  const ready = async () => ((await cache.find(key)) ? cache.engineFile(key) : undefined);
  const refuse = async () => {
    const failed = await cache.failure(key);
    if (failed !== undefined) throw failedBefore(failed);
  };
  const there = await ready();
  if (there !== undefined) return there;
  await refuse();
  if (job.build === undefined)
    throw new VLAError(
      'BACKEND_UNAVAILABLE',
      `the cache has no engine of ${model.file} for TensorRT ${info.version} on ${info.device.name}, and tensorrt.build is false`,
      { hint: 'Load it once without build: false on this machine.' },
    );
  await cache.create();
  const lock = {
    signal: job.options.signal,
    onWait: () => warn(`waits for the engine of ${model.file} that another process is building`),
  };
  return await withFileLock(cache.lockFile(key), lock, async () => {
    const built = await ready();
    if (built !== undefined) return built;
    await refuse();
    return await build(job, job.build ?? {});
  });
}

async function build(job: Job, options: BuildEngineOptions): Promise<string> {
  const { cache, key, model, info, warn } = job;
  const output = cache.engineFile(key);
  warn(
    `building a TensorRT engine from ${model.file} for TensorRT ${info.version} on ${info.device.name}, into ${output}: ` +
      'this can take several minutes, once; the next start is quick',
  );
  const { buildEngine } = await import('../../toolchain/build-engine.js');
  const stop = new AbortController();
  const { signal } = options;
  const running = buildEngine(model.file, {
    ...options,
    output,
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  });
  try {
    for await (const progress of running) job.options.tensorrt?.onProgress?.(progress);
    for (const warning of (await running.result).warnings) warn(`${model.file}: ${warning}`);
  } catch (error) {
    // Nothing may go on behind the back of a caller whose onProgress threw.
    stop.abort();
    await running.result.catch(() => {});
    if (isRefusal(error))
      await cache.rememberFailure(key, {
        onnx: basename(model.file),
        tensorrt: info.version,
        gpu: info.device.name,
        message: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    throw error;
  }
  await cache.prune();
  return output;
}

/** Whether TensorRT does not take the model: with the same code, a full disk is another matter. */
function isRefusal(error: unknown): error is VLAError {
  return (
    error instanceof VLAError && error.code === 'ENGINE_BUILD_FAILED' && error.message.startsWith('TensorRT')
  );
}

function failedBefore({ message, hint, at }: BuildFailure): VLAError {
  const again = 'To try it again: npx jetson-vla build --clear-cache';
  return new VLAError('ENGINE_BUILD_FAILED', `${message} (so it was on ${at.slice(0, 10)})`, {
    hint: hint === undefined ? again : `${hint} ${again}`,
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ');
}
