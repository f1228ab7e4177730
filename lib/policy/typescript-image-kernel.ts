import type { CameraFrame } from './camera-frame.js';
import type { ImageKernel } from './image-kernel.js';
import type { ImagePlan } from './image-plan.js';
import type { ImageTensorSpec } from './image-spec.js';
import { decodeYuv422, isYuv422 } from './pixel-formats.js';
import { type PixelGrid, packedGrid } from './pixel-grid.js';
import { PixelNormaliser } from './pixel-normaliser.js';
import type { PixelTables, PixelValues } from './pixel-tables.js';
import { Resizer } from './resize.js';

/** The image path where there is no native addon. Memory is taken once; a call allocates nothing. */
export class TypeScriptImageKernel implements ImageKernel {
  readonly #plan: ImagePlan;
  readonly #padded: boolean;
  readonly #normaliser: PixelNormaliser;
  /** Memory for the RGB form of a 4:2:2 frame. */
  readonly #rgb: Uint8Array | undefined;
  /** Absent when the image has its final size already. */
  readonly #resizer: Resizer | undefined;
  /** The pixels that are normalised: of the resizer's result, or of the image itself. */
  readonly #final: PixelGrid;

  constructor(plan: ImagePlan, spec: ImageTensorSpec, tables: PixelTables) {
    const { encoding, width, height, grid, fit, resize } = plan;
    this.#plan = plan;
    this.#padded = fit.width < spec.resize.w || fit.height < spec.resize.h;
    this.#normaliser = new PixelNormaliser(spec, tables);
    this.#rgb = isYuv422(encoding) ? new Uint8Array(width * height * 3) : undefined;
    this.#resizer = resize === undefined ? undefined : new Resizer(grid, resize);
    this.#final = resize === undefined ? grid : packedGrid(fit.width, fit.height);
  }

  write(frame: CameraFrame, out: PixelValues): void {
    if (this.#rgb !== undefined) decodeYuv422(frame, this.#rgb);
    const image = this.#rgb ?? frame.data;
    this.#resizer?.resize(image);
    if (this.#padded) this.#normaliser.pad(out);
    this.#normaliser.write(this.#resizer?.pixels ?? image, this.#final, this.#plan.fit, out);
  }
}
