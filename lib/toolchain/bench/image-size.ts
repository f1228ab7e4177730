import { VLAError } from '../../errors.js';

/** Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** @throws VLAError INVALID_ARGUMENT for anything else than WIDTHxHEIGHT */
export function parseImageSize(text: string): ImageSize {
  const [, width, height] = /^(\d{1,5})[x×](\d{1,5})$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (size.width >= 1 && size.height >= 1) return size;
  throw new VLAError('INVALID_ARGUMENT', `--image: expected WIDTHxHEIGHT such as 640x480, got ${text}`, {
    hint: 'jetson-vla bench --help',
  });
}
