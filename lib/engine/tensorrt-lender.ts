import { VLAError } from '../errors.js';
import { sameShape } from '../policy/source-shape.js';
import { elementCount, type Tensor, type TensorInfo, type TensorMap } from '../policy/tensor.js';
import type { TensorLender } from './queued-session.js';
import { TensorPool } from './tensor-pool.js';
import { tensorView } from './tensor-views.js';
import type { TensorRTEngine } from './tensorrt-engine.js';

/**
 * Lends the engine's own input memory, so that what is written there needs no copy; and while somebody has that,
 * ordinary memory, which is copied when its turn comes.
 */
export class TensorRTLender implements TensorLender {
  readonly #engine: TensorRTEngine;
  readonly #pool = new TensorPool();
  /** Who has the engine's memory, by input name. */
  readonly #holders = new Map<string, Tensor>();
  /** The input names of ordinary tensors that are out. */
  readonly #borrowed = new Map<Tensor, string>();

  constructor(engine: TensorRTEngine) {
    this.#engine = engine;
  }

  acquire(name: string, dtype: TensorInfo['dtype'], shape: readonly number[]): Tensor {
    const view = this.#isOut(name) ? undefined : ownView(this.#engine.inputs[name], shape);
    if (view !== undefined) {
      this.#holders.set(name, view);
      return view;
    }
    const tensor = this.#pool.acquire(name, dtype, shape);
    this.#borrowed.set(tensor, name);
    return tensor;
  }

  isLent(tensor: Tensor): boolean {
    return this.#holds(tensor) !== undefined || this.#pool.isLent(tensor);
  }

  release(tensor: Tensor): void {
    const name = this.#holds(tensor);
    if (name !== undefined) {
      this.#holders.delete(name);
      return;
    }
    this.#borrowed.delete(tensor);
    this.#pool.release(tensor);
  }

  /**
   * Brings `inputs` into the engine's memory, at its current shapes.
   *
   * @throws VLAError INVALID_ARGUMENT while somebody else holds that memory
   */
  place(inputs: TensorMap): void {
    for (const [name, tensor] of Object.entries(inputs)) {
      const holder = this.#holders.get(name);
      if (holder === tensor) continue;
      if (holder !== undefined)
        throw new VLAError(
          'INVALID_ARGUMENT',
          `input "${name}": tensors that were acquired earlier still hold the engine's memory`,
          { hint: 'Run or release tensors in the order in which they were acquired.' },
        );
      copy(tensor, this.#engine.inputs[name]);
    }
  }

  /** With one of this input out, whoever comes later must not get the memory that the earlier one runs in. */
  #isOut(name: string): boolean {
    return this.#holders.has(name) || [...this.#borrowed.values()].includes(name);
  }

  #holds(tensor: Tensor): string | undefined {
    for (const [name, holder] of this.#holders) if (holder === tensor) return name;
    return undefined;
  }
}

/** The engine's memory in this shape, if it is one and fits; what is wrong with it the pool or the run will say. */
function ownView(current: Tensor | undefined, shape: readonly number[]): Tensor | undefined {
  if (current === undefined || current.dtype === 'string') return undefined;
  if (sameShape(current.shape, shape)) return { ...current };
  const possible = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  const { buffer, BYTES_PER_ELEMENT } = current.data;
  if (!possible || elementCount(shape) * BYTES_PER_ELEMENT > buffer.byteLength) return undefined;
  return tensorView(current.dtype, [...shape], buffer);
}

function copy(from: Tensor, to: Tensor | undefined): void {
  if (to === undefined || to.dtype === 'string' || from.dtype === 'string') return;
  bytes(to.data).set(bytes(from.data));
}

function bytes({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
