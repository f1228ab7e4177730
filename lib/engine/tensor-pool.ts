import { VLAError } from '../errors.js';
import { allocateTensor, type Dtype, elementCount, type Tensor } from '../policy/tensor.js';

const MAX_FREE = 16;

/**
 * Tensors that are used again instead of allocated per call. A tensor is lent once, and comes back at most once:
 * whoever holds it knows that nobody else writes into it.
 */
export class TensorPool {
  readonly #lent = new WeakSet<Tensor>();
  #free: Tensor[] = [];

  /**
   * A tensor whose contents are undefined.
   *
   * @throws VLAError INVALID_ARGUMENT when a dimension is not a non-negative integer, or no memory holds the tensor
   */
  acquire(name: string, dtype: Dtype, shape: readonly number[]): Tensor {
    if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
      throw new VLAError('INVALID_ARGUMENT', `input "${name}": not a tensor shape: [${shape.join(', ')}]`);
    const found = this.#free.findIndex(
      (free) => free.dtype === dtype && free.data.length === elementCount(shape),
    );
    const [free] = found < 0 ? [] : this.#free.splice(found, 1);
    const tensor = free === undefined ? allocate(name, dtype, shape) : { ...free, shape: [...shape] };
    this.#lent.add(tensor);
    return tensor;
  }

  /** Whether `tensor` was lent and has not come back. */
  isLent(tensor: Tensor): boolean {
    return this.#lent.has(tensor);
  }

  /** Ends the loan of a tensor whose memory has gone elsewhere. */
  forget(tensor: Tensor): void {
    this.#lent.delete(tensor);
  }

  /** Takes a lent tensor back; does nothing with one that is not lent. */
  release(tensor: Tensor): void {
    if (this.#lent.delete(tensor)) this.adopt(tensor);
  }

  /** Takes over a tensor that nobody else holds. The oldest ones go when shapes keep changing. */
  adopt(tensor: Tensor): void {
    this.#free.push(tensor);
    if (this.#free.length > MAX_FREE) this.#free.shift();
  }

  clear(): void {
    this.#free = [];
  }
}

function allocate(name: string, dtype: Dtype, shape: readonly number[]): Tensor {
  try {
    return allocateTensor(dtype, shape);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new VLAError(
      'INVALID_ARGUMENT',
      `input "${name}": no memory holds a tensor of [${shape.join(', ')}]`,
      {
        cause,
      },
    );
  }
}
