import { rename, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { RayCamera } from './ray-camera.js';
import type { SimStage } from './stage.js';

const WIDTH = 400;
const HEIGHT = 300;
/** Rendered this much larger and averaged down, since the ray camera does not smooth edges. */
const SUPERSAMPLE = 2;
const FRAME_S = 0.1;
/** How long the last frame of an episode stays, in frames. */
const HOLD_FRAMES = 8;
const VIEW = { position: [1.02, -0.62, 0.62], lookAt: [0.29, 0, 0.11] } as const;
/** Side of the inset with what the policy sees, pixels. */
const INSET = 96;

const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Films episodes from beside the table, with the robot's own view in the corner and the instruction below. */
export class GifRecorder implements Disposable {
  readonly #stage: SimStage;
  readonly #camera: RayCamera;
  readonly #robotView: RayCamera;
  readonly #frames: Promise<Buffer>[] = [];
  #caption = '';
  #nextFrameAt = 0;

  constructor(stage: SimStage) {
    this.#stage = stage;
    this.#camera = new RayCamera(stage.world, {
      width: WIDTH * SUPERSAMPLE,
      height: HEIGHT * SUPERSAMPLE,
      pose: VIEW,
    });
    this.#robotView = new RayCamera(stage.world, { width: INSET, height: INSET });
  }

  /** Starts a new episode's footage. */
  begin(caption: string): void {
    this.#caption = `“${caption}”`;
    this.#nextFrameAt = 0;
  }

  /** To be called after each physics step. */
  onStep(): void {
    if (this.#stage.world.time < this.#nextFrameAt) return;
    this.#nextFrameAt = this.#stage.world.time + FRAME_S;
    this.#frames.push(this.#compose(this.#caption));
  }

  /** Ends the episode's footage with a still that tells how it went. */
  end(verdict: string): void {
    const still = this.#compose(`${this.#caption}   ${verdict}`);
    for (let frame = 0; frame < HOLD_FRAMES; frame++) this.#frames.push(still);
  }

  #compose(caption: string): Promise<Buffer> {
    const raw = { width: this.#camera.width, height: this.#camera.height, channels: 3 as const };
    const inset = { width: INSET, height: INSET, channels: 3 as const };
    const svg = `<svg width="${WIDTH}" height="${HEIGHT}"><rect y="${HEIGHT - 30}" width="${WIDTH}" height="30"
      fill="#14161c" fill-opacity="0.82"/><text x="12" y="${HEIGHT - 10}" font-family="DejaVu Sans, Arial, sans-serif"
      font-size="14" fill="#f2f2f2">${escapeXml(caption)}</text></svg>`;
    return sharp(this.#camera.render(), { raw })
      .resize(WIDTH, HEIGHT, { kernel: 'linear' })
      .composite([
        { input: Buffer.from(svg) },
        { input: Buffer.from(this.#robotView.render()), raw: inset, left: WIDTH - INSET - 8, top: 8 },
      ])
      .png()
      .toBuffer();
  }

  /** Writes the animation; `file` appears whole or not at all. Returns the number of frames. */
  async save(file: string): Promise<number> {
    const frames = await Promise.all(this.#frames);
    if (frames.length === 0) return 0;
    const partial = `${file}.partial`;
    try {
      await sharp(frames, { join: { animated: true } })
        .gif({ delay: FRAME_S * 1000, loop: 0, colours: 64, dither: 0, interFrameMaxError: 4 })
        .toFile(partial);
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    return frames.length;
  }

  [Symbol.dispose](): void {
    this.#camera.dispose();
    this.#robotView.dispose();
  }
}
