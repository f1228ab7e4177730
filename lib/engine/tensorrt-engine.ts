import { resolve } from 'node:path';
import { markAsUntransferable } from 'node:worker_threads';
import { VLAError } from '../errors.js';
import type { NativeEngine, NativeEngineInfo, NativeTensorInfo } from '../native/addon-types.js';
import { atExit } from '../native/at-exit.js';
import { loadAddon } from '../native/load-addon.js';
import { nativeError } from '../native/native-error.js';
import { sameShape } from '../policy/source-shape.js';
import type { Tensor, TensorMap } from '../policy/tensor.js';
import { checkAgainstPassport } from './check-passport.js';
import { warnIfLeaked } from './leak-warning.js';
import { type QueueRunOptions, SerialQueue } from './serial-queue.js';
import { tensorView } from './tensor-views.js';
import { findTensorRT } from './tensorrt-libraries.js';
import { resolveTensorRTOptions, type TensorRTOptions } from './tensorrt-options.js';

export interface TensorRTEngineOptions extends TensorRTOptions {
  /**
   * How float16 and bfloat16 tensors look from JavaScript: `float32`, the default, converts on the way in and out;
   * `bits` gives the 16-bit patterns in a Uint16Array.
   */
  readonly half?: 'float32' | 'bits';
  /** Gets what is odd but no error, one text each; `process.emitWarning` by default. */
  readonly onWarning?: (text: string) => void;
}

/** What an engine file says about itself. */
export interface TensorRTEngineInfo extends NativeEngineInfo {
  /** Of the TensorRT library that runs it, such as `10.3.0`. */
  readonly tensorrtVersion: string;
}

/**
 * A TensorRT engine in this process: fill the inputs, run it, read the outputs.
 *
 * ```ts
 * await using engine = await TensorRTEngine.load('policy.engine');
 * const { image } = engine.inputs;
 * if (image?.dtype !== 'float32') throw new Error('the engine takes another image');
 * image.data.set(pixels);
 * await engine.infer();
 * engine.outputs.actions …
 * ```
 *
 * Inputs and outputs are views on pinned memory that TensorRT reads and writes, in place where CPU and GPU share
 * their memory: nothing is copied in JavaScript and nothing is allocated per inference. So one inference runs at a
 * time, the inputs must be left alone while it does, and the outputs hold until the next one starts.
 */
export class TensorRTEngine implements AsyncDisposable {
  /** The engine file; absolute. */
  readonly path: string;
  readonly info: TensorRTEngineInfo;
  readonly #native: NativeEngine;
  readonly #queue = new SerialQueue({ limit: 0 });
  readonly #warn: (text: string) => void;
  readonly #forgetExit: () => void;
  readonly #forgetLeak: () => void;
  #inputs: TensorMap = {};
  #outputs: TensorMap = {};
  #disposal: Promise<void> | undefined;

  /**
   * Finds TensorRT, opens the engine on a thread of the pool, and makes its memory.
   *
   * @param path an .engine or .plan file that was built for this machine
   * @throws VLAError BUNDLE_NOT_FOUND, ENGINE_CORRUPT, ENGINE_VERSION_MISMATCH, ENGINE_DEVICE_MISMATCH,
   *   UNSUPPORTED_POLICY for inputs or outputs that JavaScript cannot hold, ADDON_UNAVAILABLE, TENSORRT_NOT_FOUND,
   *   TENSORRT_UNSUPPORTED_VERSION, TENSORRT_FAILED, STANDIN_BUILD, CUDA_DRIVER_NOT_FOUND, CUDA_FAILED,
   *   OUT_OF_DEVICE_MEMORY, INVALID_ARGUMENT
   */
  static async load(path: string, options: TensorRTEngineOptions = {}): Promise<TensorRTEngine> {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected the path of an engine file, got ${JSON.stringify(path)}`,
      );
    if (typeof options !== 'object' || options === null)
      throw new VLAError('INVALID_ARGUMENT', `expected an object of options, got ${JSON.stringify(options)}`);
    const { half = 'float32', onWarning, ...rest } = options;
    if (half !== 'float32' && half !== 'bits')
      throw new VLAError('INVALID_ARGUMENT', `half must be float32 or bits, got ${String(half)}`);
    if (onWarning !== undefined && typeof onWarning !== 'function')
      throw new VLAError('INVALID_ARGUMENT', `onWarning must be a function, got ${typeof onWarning}`);
    const warn = onWarning ?? ((text) => process.emitWarning(text, { type: 'JetsonVLAWarning' }));
    const { profile, memory, graph, priority, wait, hostCode, ...search } = resolveTensorRTOptions(rest);
    const { libraries, info } = await findTensorRT(search);
    const file = resolve(path);
    await checkAgainstPassport(file, info, warn);
    try {
      const native = await loadAddon().Engine.load({
        libraries,
        file,
        profile,
        memory,
        graph,
        priority,
        wait,
        hostCode,
        half,
      });
      try {
        return new TensorRTEngine(file, native, info.version, warn);
      } catch (error) {
        // Such as from onWarning: nobody would have an engine to dispose of.
        await native.dispose();
        throw error;
      }
    } catch (error) {
      throw nativeError(error);
    }
  }

  private constructor(
    path: string,
    native: NativeEngine,
    tensorrtVersion: string,
    warn: (text: string) => void,
  ) {
    this.path = path;
    this.info = { ...native.info(), tensorrtVersion };
    this.#native = native;
    this.#warn = warn;
    // Its memory belongs to this engine: another thread must not be given it.
    for (const at of this.info.tensors.keys()) markAsUntransferable(native.buffer(at));
    this.#makeViews();
    this.#passOnWarnings();
    const collectable = new WeakRef(native);
    this.#forgetExit = atExit(() => collectable.deref()?.stop());
    this.#forgetLeak = warnIfLeaked(this, `the TensorRT engine ${path}`, this.#forgetExit);
  }

  /** By name, at their current shapes. Other objects after {@link setInputShape}. */
  get inputs(): TensorMap {
    this.#requireAlive();
    return this.#inputs;
  }

  /** By name, at the shapes that follow from the inputs. Hold the results of the last inference. */
  get outputs(): TensorMap {
    this.#requireAlive();
    return this.#outputs;
  }

  /**
   * Changes the shape of a dynamic input, within its optimisation profile. Its memory keeps its bytes, from the start on.
   *
   * @throws VLAError INVALID_ARGUMENT, DISPOSED, or QUEUE_FULL while an inference runs
   */
  setInputShape(name: string, shape: readonly number[]): void {
    this.setInputShapes({ [name]: shape });
  }

  /**
   * The same for several inputs at once: the outputs' shapes are worked out for all of them together. On an error the
   * earlier shapes are set again; when the driver refuses even those, the next inference says so.
   */
  setInputShapes(shapes: Readonly<Record<string, readonly number[]>>): void {
    const before = this.inputs;
    const changed: number[] = [];
    try {
      for (const [name, shape] of Object.entries(shapes)) {
        const at = this.#inputIndex(name);
        if (sameShape(before[name]?.shape ?? [], shape)) continue;
        this.#native.setInputShape(at, shape);
        changed.push(at);
      }
      if (changed.length > 0) this.#makeViews();
    } catch (error) {
      this.#restoreShapes(changed, before);
      throw nativeError(error);
    }
  }

  /**
   * Runs the engine on this very thread, with `execute_v2`, and returns when the outputs are there. The least latency
   * for an engine of well under a millisecond; anything longer blocks the event loop, so use {@link infer}.
   *
   * @returns milliseconds
   * @throws VLAError INFERENCE_FAILED, DISPOSED, or QUEUE_FULL while an inference runs
   */
  executeV2(): number {
    this.#requireAlive();
    try {
      return this.#native.execute();
    } catch (error) {
      throw nativeError(error);
    }
  }

  /**
   * Runs the engine on a thread and CUDA stream of its own, with `enqueueV3` or as a CUDA graph.
   *
   * An inference whose signal fires or whose deadline passes rejects at once and finishes in the background; until
   * then the memory stays in use and further calls are refused.
   *
   * @returns milliseconds, when the outputs are there
   * @throws VLAError INFERENCE_FAILED, ABORTED, DEADLINE_EXCEEDED, DISPOSED, or QUEUE_FULL while an
   *   inference runs
   */
  async infer(options: QueueRunOptions = {}): Promise<number> {
    return this.#queue.run(async () => {
      try {
        return await this.#native.infer();
      } catch (error) {
        throw nativeError(error);
      } finally {
        this.#passOnWarnings();
      }
    }, options);
  }

  /** What TensorRT itself says about the engine's layers: JSON, in the form of the installed version. */
  inspect(): string {
    this.#requireAlive();
    try {
      return this.#native.inspect();
    } catch (error) {
      throw nativeError(error);
    }
  }

  /** Waits for the inference that runs and frees everything; views that were handed out become empty. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#queue.close().then(async () => {
      this.#forgetExit();
      this.#forgetLeak();
      await this.#native.dispose();
    });
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #restoreShapes(tensors: readonly number[], before: TensorMap): void {
    for (const at of tensors) {
      const shape = before[this.info.tensors[at]?.name ?? '']?.shape;
      try {
        if (shape !== undefined) this.#native.setInputShape(at, shape);
      } catch {
        // A driver that refuses this too is what the next inference reports; here the first error is the telling one.
      }
    }
  }

  #makeViews(): void {
    const shapes = this.#native.shapes();
    const views = this.info.tensors.map((tensor, at) => ({
      tensor,
      view: this.#viewOf(tensor, at, shapes[at] ?? []),
    }));
    const ofMode = (mode: NativeTensorInfo['mode']): TensorMap =>
      Object.fromEntries(
        views.filter(({ tensor }) => tensor.mode === mode).map(({ tensor, view }) => [tensor.name, view]),
      );
    this.#inputs = ofMode('input');
    this.#outputs = ofMode('output');
  }

  /** The same object again for a tensor whose shape has not changed: others may hold it. */
  #viewOf({ name, mode, viewDtype }: NativeTensorInfo, at: number, shape: readonly number[]): Tensor {
    const current = (mode === 'input' ? this.#inputs : this.#outputs)[name];
    if (current !== undefined && sameShape(current.shape, shape)) return current;
    return tensorView(viewDtype, shape, this.#native.buffer(at));
  }

  #inputIndex(name: string): number {
    const at = this.info.tensors.findIndex((tensor) => tensor.name === name && tensor.mode === 'input');
    if (at >= 0) return at;
    throw new VLAError(
      'INVALID_ARGUMENT',
      `the engine has the inputs ${Object.keys(this.#inputs).join(', ')}, not "${name}"`,
    );
  }

  #passOnWarnings(): void {
    for (const warning of this.#native.takeWarnings()) this.#warn(`${this.path}: ${warning}`);
  }

  #requireAlive(): void {
    if (this.#disposal)
      throw new VLAError('DISPOSED', `the TensorRT engine ${this.path} was disposed`, {
        hint: 'Load it again.',
      });
  }
}
