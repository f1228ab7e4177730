import type { NativeAddon, TensorRTInfo, TensorRTLibraries } from '../native/addon-types.js';
import { addonFile, backendDirectory, loadAddon } from '../native/load-addon.js';
import { nativeError } from '../native/native-error.js';
import { type Machine, thisMachine } from './machine.js';
import { cacheKey, forgetCached, readCached, type SafePair, writeCached } from './probe-cache.js';
import { cudaCandidates, nvinferCandidates, parserCandidates } from './tensorrt-candidates.js';
import { cudaNotFound, parserNotFound, tensorRTNotFound } from './tensorrt-not-found.js';
import type { TensorRTLibraryOptions } from './tensorrt-options.js';
import { type SearchContext, searchDriver, searchParser, searchTensorRT } from './tensorrt-search.js';

export interface FindTensorRTOptions extends TensorRTLibraryOptions {
  /** Whether an ONNX parser is needed as well, to build engines; false by default. */
  readonly parser?: boolean;
}

/** TensorRT and the driver, open in this process. */
export interface FoundTensorRT {
  /** What {@link NativeAddon.openTensorRT} and the engines are given. */
  readonly libraries: TensorRTLibraries;
  readonly info: TensorRTInfo;
}

/** Where the search runs: tests bring another machine and another addon. */
export interface SearchEnvironment {
  readonly machine: Machine;
  readonly addon: NativeAddon;
  readonly addonFile: string;
  readonly backendDirectory: string;
  /** For each library that is tried, milliseconds; 30 s by default. */
  readonly timeoutMs?: number;
}

/** By cache key; failures are not kept, so that what was repaired meanwhile is found. */
const searches = new Map<string, Promise<FoundTensorRT>>();

/** The same with an ONNX parser. */
const parserSearches = new Map<string, Promise<FoundTensorRT>>();

/**
 * Finds TensorRT and the CUDA driver, and opens them. In this order: the paths in the options; the environment
 * variables JETSON_VLA_NVINFER, JETSON_VLA_NVONNXPARSER and JETSON_VLA_CUDA; names for the dynamic loader;
 * well-known directories. Each candidate is opened in a process of its own first, because one that crashes must not
 * take this process down. What was found is remembered, for this process and on disk.
 *
 * @throws VLAError TENSORRT_NOT_FOUND, TENSORRT_UNSUPPORTED_VERSION, STANDIN_BUILD or CUDA_DRIVER_NOT_FOUND with one
 *   line for each library that was tried; ADDON_UNAVAILABLE; CUDA_FAILED, OUT_OF_DEVICE_MEMORY or TENSORRT_FAILED;
 *   INVALID_ARGUMENT for a device that is not there
 */
export async function findTensorRT(
  options: FindTensorRTOptions = {},
  environment: SearchEnvironment = thisEnvironment(),
): Promise<FoundTensorRT> {
  const { machine, addonFile: file, backendDirectory } = environment;
  const { parser = false, device = 0 } = options;
  const candidates = {
    nvinfer: nvinferCandidates(options, machine, parser),
    cuda: cudaCandidates(options, machine),
  };
  const inputs = {
    nvinfer: candidates.nvinfer.libraries,
    cuda: candidates.cuda.libraries,
    addon: file,
    backendDirectory,
    device,
  };
  const key = cacheKey(inputs, machine);
  const context: SearchContext = {
    addon: file,
    backendDirectory,
    device,
    env: machine.env,
    ...(environment.timeoutMs !== undefined && { timeoutMs: environment.timeoutMs }),
  };
  const search = async (): Promise<SafePair> => {
    const driver = await searchDriver(candidates.cuda, context);
    if (driver.cuda === undefined) throw cudaNotFound(driver.refusals, machine);
    const { found, refusals } = await searchTensorRT(candidates.nvinfer, driver.cuda, context);
    if (found === undefined) throw tensorRTNotFound(refusals, machine);
    await writeCached(key, found, machine);
    return found;
  };
  const open = ({ nvinfer, cuda }: SafePair) =>
    openHere(environment, { nvinfer, cuda, backendDirectory, device });
  const openFound = async (): Promise<FoundTensorRT> => {
    const cached = await readCached(key, inputs, machine);
    if (cached === undefined) return open(await search());
    try {
      return open(cached);
    } catch {
      // What worked when it was tried no longer does; a new search says why, or finds another.
      await forgetCached(key, machine);
      return open(await search());
    }
  };

  const found = await once(searches, key, openFound);
  if (!parser) return found;
  const parsers = parserCandidates(
    options,
    machine,
    found.info.path,
    Number.parseInt(found.info.version, 10),
  );
  return once(parserSearches, [key, ...parsers.libraries].join('\n'), async () => {
    const { onnxParser, refusals } = await searchParser(parsers, found.libraries, context);
    if (onnxParser === undefined) throw parserNotFound(refusals, found.info.path, machine);
    return openHere(environment, { ...found.libraries, onnxParser });
  });
}

function thisEnvironment(): SearchEnvironment {
  return {
    machine: thisMachine(),
    addon: loadAddon(),
    addonFile: addonFile(),
    backendDirectory: backendDirectory(),
  };
}

function openHere({ addon }: SearchEnvironment, libraries: TensorRTLibraries): FoundTensorRT {
  try {
    return { libraries, info: addon.openTensorRT(libraries) };
  } catch (error) {
    throw nativeError(error);
  }
}

function once(
  searches: Map<string, Promise<FoundTensorRT>>,
  key: string,
  search: () => Promise<FoundTensorRT>,
): Promise<FoundTensorRT> {
  const known = searches.get(key);
  if (known) return known;
  const started = search();
  searches.set(key, started);
  started.catch(() => searches.delete(key));
  return started;
}
