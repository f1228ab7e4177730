import { VLAError } from '../errors.js';
import type { NativeTensorInfo } from '../native/addon-types.js';
import type { Tensor, TensorInfo, TensorMap } from '../policy/tensor.js';
import { QueuedSession } from './queued-session.js';
import type { RunResult } from './session.js';
import { tensorView } from './tensor-views.js';
import { TensorRTEngine } from './tensorrt-engine.js';
import { TensorRTLender } from './tensorrt-lender.js';
import { resolveTensorRTOptions, type TensorRTPolicyOptions } from './tensorrt-options.js';

export interface TensorRTSessionOptions {
  readonly tensorrt?: TensorRTPolicyOptions;
  /** Gets what is odd but no error, one text each; `process.emitWarning` by default. */
  readonly onWarning?: (text: string) => void;
}

/** A TensorRT engine as a session: what {@link QueuedSession} promises, on a {@link TensorRTEngine}. */
export class TensorRTSession extends QueuedSession {
  readonly backend = 'tensorrt';
  readonly deviceMemoryBytes: number;
  readonly #engine: TensorRTEngine;
  readonly #lender: TensorRTLender;
  readonly #synchronous: boolean;

  /** @throws VLAError as {@link TensorRTEngine.load} */
  static async load(path: string, options: TensorRTSessionOptions = {}): Promise<TensorRTSession> {
    const { tensorrt, onWarning } = options;
    const { execution, ...engineOptions } = resolveTensorRTOptions(tensorrt);
    const engine = await TensorRTEngine.load(path, {
      ...engineOptions,
      half: 'bits',
      ...(onWarning && { onWarning }),
    });
    return new TensorRTSession(engine, new TensorRTLender(engine), execution === 'execute');
  }

  private constructor(engine: TensorRTEngine, lender: TensorRTLender, synchronous: boolean) {
    const { tensors, deviceMemoryBytes } = engine.info;
    super(ofMode(tensors, 'input'), ofMode(tensors, 'output'), lender);
    this.deviceMemoryBytes = deviceMemoryBytes;
    this.#engine = engine;
    this.#lender = lender;
    this.#synchronous = synchronous;
  }

  protected override async compute(inputs: TensorMap): Promise<RunResult> {
    try {
      const shapes = Object.fromEntries(this.inputs.map(({ name }) => [name, shapeOf(inputs, name)]));
      this.#engine.setInputShapes(shapes);
      this.#lender.place(inputs);
      const inferMs = this.#synchronous ? this.#engine.executeV2() : await this.#engine.infer();
      const outputs = Object.fromEntries(
        Object.entries(this.#engine.outputs).map(([name, output]) => [name, ownCopy(output)]),
      );
      return { outputs, inferMs };
    } finally {
      this.release(inputs);
    }
  }

  protected override free(): Promise<void> {
    return this.#engine.dispose();
  }
}

function ofMode(tensors: readonly NativeTensorInfo[], mode: NativeTensorInfo['mode']): TensorInfo[] {
  return tensors
    .filter((tensor) => tensor.mode === mode)
    .map(({ name, dtype, shape }) => ({ name, dtype, shape }));
}

function shapeOf(inputs: TensorMap, name: string): readonly number[] {
  const tensor = inputs[name];
  if (tensor === undefined)
    throw new VLAError('INFERENCE_FAILED', `TensorRT: input '${name}' is missing`, {
      hint: 'Call acquire() with a shape for every input.',
    });
  return tensor.shape;
}

/** The engine's memory holds the next result soon. */
function ownCopy(output: Tensor): Tensor {
  if (output.dtype === 'string') return output;
  const { buffer, byteLength } = output.data;
  return tensorView(output.dtype, output.shape, buffer.slice(0, byteLength));
}
