import { toFloat16Bits } from './float16.js';
import type { ImageTensorSpec } from './image-spec.js';

/** Memory that image values are written into: floats, half-precision bit patterns, or bytes. */
export type PixelValues = Float32Array | Uint16Array | Uint8Array;

type PerChannel<T> = readonly [T, T, T];

/**
 * Normalised values, `(byte × scale − mean) / std` with the mean and std of the output channel, looked up in a table
 * per channel: 256 values are all there can be.
 */
export interface PixelTables {
  readonly values: PerChannel<PixelValues>;
  /** The value of the padding. */
  readonly padding: PerChannel<number>;
  /** What one step of brightness adds to a value, but for rounding. */
  readonly factor: PerChannel<number>;
}

export function pixelTables(spec: ImageTensorSpec): PixelTables {
  const pad = spec.resize.padValue * 255;
  return {
    values: perChannel((channel) => table(spec, channel)),
    padding: perChannel((channel) => element(spec, channel, pad)),
    factor: perChannel((channel) => spec.scale / (spec.std[channel] as number)),
  };
}

function perChannel<T>(of: (channel: number) => T): PerChannel<T> {
  return [of(0), of(1), of(2)];
}

/** What is stored for a brightness of 0 … 255. */
function element({ scale, mean, std, dtype }: ImageTensorSpec, channel: number, brightness: number): number {
  const value = (brightness * scale - (mean[channel] as number)) / (std[channel] as number);
  switch (dtype) {
    case 'float32':
      return value;
    case 'float16':
      return toFloat16Bits(value);
    case 'uint8':
      return Math.round(value);
  }
}

function table(spec: ImageTensorSpec, channel: number): PixelValues {
  const elements = Array.from({ length: 256 }, (_, byte) => element(spec, channel, byte));
  switch (spec.dtype) {
    case 'float32':
      return Float32Array.from(elements);
    case 'float16':
      return Uint16Array.from(elements);
    case 'uint8':
      return Uint8Array.from(elements);
  }
}
