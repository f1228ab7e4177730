/**
 * The message with every typed array that is a view into a larger buffer copied to one of its own: rclnodejs publishes
 * from byte 0 of the buffer, whatever the view says.
 */
export function ownBuffers<T>(message: T): T {
  return replaced(message) as T;
}

function replaced(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const whole = value.byteOffset === 0 && value.byteLength === value.buffer.byteLength;
    // Not Buffer.slice, which is a view again.
    return whole || !isTypedArray(value) ? value : Uint8Array.prototype.slice.call(value);
  }
  if (Array.isArray(value)) return value.some(isObject) ? value.map(replaced) : value;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, replaced(field)]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isTypedArray(value: ArrayBufferView): value is Uint8Array {
  return !(value instanceof DataView);
}
