import { VLAError } from '../../errors.js';

const WHITE = 255;

/**
 * The grey of each 16-bit value: `value · 255 / max16bit`, rounded and at most 255.
 *
 * @param max16bit the value that is to be white: 65535 for a camera, the farthest distance for a depth image in mm
 * @throws VLAError INVALID_ARGUMENT
 */
export function greyOf16bit(max16bit: number): Uint8Array {
  if (!(max16bit >= 1 && max16bit <= 65535))
    throw new VLAError('INVALID_ARGUMENT', `max16bit must lie between 1 and 65535, got ${max16bit}`);
  if (cached?.max16bit !== max16bit)
    cached = {
      max16bit,
      grey: Uint8Array.from({ length: 65536 }, (_, value) =>
        Math.min(WHITE, Math.round((value * WHITE) / max16bit)),
      ),
    };
  return cached.grey;
}

/** A camera asks for the same table with each frame. */
let cached: { readonly max16bit: number; readonly grey: Uint8Array } | undefined;
