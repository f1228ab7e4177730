import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import type { StandinVersion } from './engine-file.js';

/** What control.cpp exports. Every function opens the library at `path` or finds it open already. */
interface ControlAddon {
  cudaReset(path: string, everything: boolean): void;
  cudaCounters(path: string): string;
  cudaFail(path: string, entry: string, nth: number, code: number): void;
  cudaConfigure(path: string, key: string, value: string): void;
  tensorrtReset(path: string): void;
  tensorrtCounters(path: string): string;
  tensorrtFail(path: string, method: string, nth: number): void;
  tensorrtSetBuildStepMs(path: string, milliseconds: number): void;
}

const counts = z.record(z.string(), z.number());

const cudaCounters = z.object({
  /** deviceAllocations, deviceBytes, hostAllocations, hostBytes, streams, events, graphs, graphExecs, contexts */
  live: counts,
  /**
   * doubleFree, unknownPointer, staleHandle, noContext, freedWhileQueued, destroyedWhileQueued, writtenAfterFree,
   * objectsAtContextRelease
   */
  violations: counts,
  /** By driver entry point. */
  calls: counts,
  totalCalls: z.number(),
});

const tensorrtCounters = z.object({
  /** runtimes, engines, contexts, inspectors, builders, builderConfigs, networks, parsers, timingCaches, hostMemories */
  live: counts,
  /** outlivedParent, concurrentUse, contextDestroyedWhileQueued, otherLogger, noContext */
  violations: counts,
  /** timingCacheHits, timingCacheMisses */
  events: counts,
  /** By method, such as `IExecutionContext::enqueueV3`. */
  calls: counts,
  totalCalls: z.number(),
});

export type CudaCounters = z.infer<typeof cudaCounters>;
export type TensorRTCounters = z.infer<typeof tensorrtCounters>;

/** Of the stand-in device; unset ones keep their value. */
export interface StandinDevice {
  /** False: cuInit finds no device. */
  readonly present?: boolean;
  readonly name?: string;
  /** Compute capability; 8.7 by default. */
  readonly sm?: number;
  readonly integrated?: boolean;
  readonly canMapHost?: boolean;
  /** Bytes; 8 GiB by default. */
  readonly totalMemory?: number;
  /** major × 1000 + minor × 10. */
  readonly driverVersion?: number;
  /** Added to each synchronisation that finds work to do. */
  readonly latencyUs?: number;
  /** Whether a failed operation kills the context for good, as on a real device. */
  readonly stickyErrors?: boolean;
}

function addon(directory: string): ControlAddon {
  return createRequire(import.meta.url)(join(directory, 'control', 'standin_control.node'));
}

/** The stand-in CUDA driver below the directory that the build calls `standins`. */
export class StandinCuda {
  readonly path: string;
  readonly #addon: ControlAddon;

  constructor(directory: string) {
    this.path = join(directory, 'cuda', 'libcuda.so.1');
    this.#addon = addon(directory);
  }

  /** Forgets faults, counts, violations and configuration; live objects stay, unless `everything`. */
  reset({ everything = false } = {}): void {
    this.#addon.cudaReset(this.path, everything);
  }

  counters(): CudaCounters {
    return cudaCounters.parse(JSON.parse(this.#addon.cudaCounters(this.path)));
  }

  /** Makes the `nth` call from now (1 is the next) of an entry point return a driver error code; `*` is any. */
  fail(entry: string, nth: number, code: number): void {
    this.#addon.cudaFail(this.path, entry, nth, code);
  }

  configure(device: StandinDevice): void {
    for (const [key, value] of Object.entries(device)) {
      this.#addon.cudaConfigure(this.path, key, typeof value === 'boolean' ? `${Number(value)}` : `${value}`);
    }
  }
}

/** One stand-in TensorRT with its ONNX parser. */
export class StandinTensorRT {
  /** Of libnvinfer. */
  readonly path: string;
  readonly parserPath: string;
  readonly #addon: ControlAddon;

  constructor(directory: string, version: StandinVersion = '10.3') {
    const major = version.split('.')[0];
    this.path = join(directory, `tensorrt-${version}`, `libnvinfer.so.${major}`);
    this.parserPath = join(directory, `tensorrt-${version}`, `libnvonnxparser.so.${major}`);
    this.#addon = addon(directory);
  }

  /** Forgets faults, counts, violations and events; live objects stay counted. */
  reset(): void {
    this.#addon.tensorrtReset(this.path);
    this.#addon.tensorrtReset(this.parserPath);
  }

  counters(): TensorRTCounters {
    return tensorrtCounters.parse(JSON.parse(this.#addon.tensorrtCounters(this.path)));
  }

  parserCounters(): TensorRTCounters {
    return tensorrtCounters.parse(JSON.parse(this.#addon.tensorrtCounters(this.parserPath)));
  }

  /** Makes the `nth` call from now of a method such as `IRuntime::deserializeCudaEngine` fail; `*` is any. */
  fail(method: string, nth: number): void {
    const library = /^(IParser::|createNvOnnxParser)/.test(method) ? this.parserPath : this.path;
    this.#addon.tensorrtFail(library, method, nth);
  }

  /** How long each step of a build takes; tests of cancelling make it long. */
  setBuildStepMs(milliseconds: number): void {
    this.#addon.tensorrtSetBuildStepMs(this.path, milliseconds);
  }
}
