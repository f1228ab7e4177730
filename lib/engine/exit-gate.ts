/** States of a gate, shared with the worker: nobody is inside, ONNX Runtime is, or the process is exiting. */
const OPEN = 0;
const INSIDE = 1;
const CLOSED = 2;

const gates = new Set<Int32Array<SharedArrayBuffer>>();

/**
 * Keeps the process from exiting while a worker is inside ONNX Runtime. Node stops its workers when it exits; one
 * that is inside `onnxruntime-node` then finds JavaScript gone when it comes back, throws a C++ exception that
 * nobody catches, and the whole process aborts (seen with onnxruntime-node 1.30). So an exit waits here, as it
 * would have to anyway, until the call is through; after that the worker cannot enter again.
 *
 * @returns the gate, to be shared with the worker, and a function that forgets it once the worker has ended
 */
export function createExitGate(): { gate: Int32Array<SharedArrayBuffer>; remove: () => void } {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (gates.size === 0) process.on('exit', closeGates);
  gates.add(gate);
  const remove = () => {
    if (gates.delete(gate) && gates.size === 0) process.off('exit', closeGates);
  };
  return { gate, remove };
}

function closeGates(): void {
  for (const gate of gates)
    while (Atomics.compareExchange(gate, 0, OPEN, CLOSED) === INSIDE) Atomics.wait(gate, 0, INSIDE);
}
