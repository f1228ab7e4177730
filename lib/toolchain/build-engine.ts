import type { EnginePassport } from '../engine/engine-passport.js';
import type { NativeBuild } from '../native/addon-types.js';
import { type BuildEngineOptions, resolveBuildOptions } from './build-options.js';

/** Where a build stands: `step` of `steps` in `phase`. Phases nest; how many there are is TensorRT's own affair. */
export interface BuildProgress {
  readonly phase: string;
  /** The phase that this one is a part of; absent for the outermost. */
  readonly parent?: string;
  /** 0 when the phase starts, `steps` when it is through. */
  readonly step: number;
  readonly steps: number;
}

/** An engine on disk, with its passport beside it. */
export interface BuiltEngine {
  /** Absolute. */
  readonly path: string;
  /** `<path>.json`. */
  readonly passportPath: string;
  readonly passport: EnginePassport;
  /** What TensorRT warned of, one text each. */
  readonly warnings: readonly string[];
}

/**
 * A build that runs. Iterating over it gives its progress: the start of each phase and, as fast as they are taken, its
 * newest step. Nobody has to: what is not taken piles up nowhere. Leaving the loop early changes nothing; only the
 * signal cancels. There is one progress: two loops share it. A loop ends with the build, and throws what ended it.
 */
export interface EngineBuild extends AsyncIterable<BuildProgress> {
  /**
   * The engine; or the reason why there is none, once nothing of the build runs any more and nothing of it is left on
   * disk.
   */
  readonly result: Promise<BuiltEngine>;
}

/**
 * Builds a TensorRT engine for this machine from an ONNX model. It takes seconds to an hour, on threads of its own, and
 * most of the GPU. An engine of the same name is replaced at the end, in one step.
 *
 * A signal cancels it at TensorRT's next step; TensorRT 8 has none, so there the build ends, without an engine, when
 * TensorRT is through. An exit of the process waits in the same way.
 *
 * ```ts
 * const build = buildEngine('policy.onnx', { precision: 'fp16' });
 * for await (const { phase, step, steps } of build) console.log(`${phase}: ${step}/${steps}`);
 * const { path } = await build.result;
 * ```
 *
 * The result is rejected with VLAError INVALID_ARGUMENT, BUNDLE_NOT_FOUND, MODEL_INVALID for a file that is no ONNX
 * model, ENGINE_BUILD_FAILED with the node and operator that TensorRT cannot take or the reason why nothing can be
 * written, ABORTED, OUT_OF_DEVICE_MEMORY, and what finding TensorRT and its ONNX parser throws: ADDON_UNAVAILABLE,
 * CUDA_DRIVER_NOT_FOUND, CUDA_FAILED, TENSORRT_NOT_FOUND, TENSORRT_UNSUPPORTED_VERSION, TENSORRT_FAILED, STANDIN_BUILD.
 *
 * @param onnx path of the model
 */
export function buildEngine(onnx: string, options: BuildEngineOptions = {}): EngineBuild {
  return new RunningBuild(onnx, options);
}

class RunningBuild implements EngineBuild {
  readonly result: Promise<BuiltEngine>;
  #native: Pick<NativeBuild, 'takeProgress'> | undefined;
  #isOver = false;
  #wake: () => void = () => {};
  #news: Promise<void> = this.#nextNews();

  constructor(onnx: string, options: BuildEngineOptions) {
    this.result = this.#run(onnx, options).finally(() => {
      this.#isOver = true;
      this.#announce();
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BuildProgress, void, void> {
    // The loop reports it; that nobody waits for `result` yet is no unhandled rejection.
    this.result.catch(() => {});
    while (true) {
      const { isOver, news } = { isOver: this.#isOver, news: this.#news };
      yield* this.#native?.takeProgress() ?? [];
      if (isOver) break;
      await news;
    }
    await this.result;
  }

  async #run(onnx: string, options: BuildEngineOptions): Promise<BuiltEngine> {
    const resolved = resolveBuildOptions(onnx, options);
    // With the first build, so that importing the package costs nothing of it.
    const { runBuild } = await import('./run-build.js');
    return runBuild(resolved, {
      onStart: (native) => {
        this.#native = native;
      },
      onProgress: () => this.#announce(),
    });
  }

  #announce(): void {
    const wake = this.#wake;
    this.#news = this.#nextNews();
    wake();
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
