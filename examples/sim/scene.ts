import { Random } from './random.js';
import type { Vec3 } from './vector.js';

/** Demo and evaluation take their scenes from seeds up to this one, training from above: they never share one. */
export const LAST_EVALUATION_SEED = 999_999_999;

/** The blocks' colours, linear RGB in 0..1. */
export const BLOCK_COLORS = {
  red: [0.85, 0.1, 0.1],
  green: [0.1, 0.65, 0.15],
  blue: [0.1, 0.2, 0.85],
  yellow: [0.9, 0.8, 0.1],
} as const satisfies Record<string, Vec3>;

export type BlockColor = keyof typeof BLOCK_COLORS;
export const BLOCK_COLOR_NAMES = Object.keys(BLOCK_COLORS) as BlockColor[];

/** Where the tool centre point waits before and after a task. */
export const HOME_TCP: Vec3 = [0.3, 0, 0.26];

export interface Block {
  readonly color: BlockColor;
  /** The colour as painted: the nominal one with a small tint. */
  readonly rgb: Vec3;
  /** Centre on the table, metres. */
  readonly position: readonly [number, number];
  /** About the vertical, rad. */
  readonly yaw: number;
}

export interface Lighting {
  readonly position: Vec3;
  /** Brightness in full shadow, 0..1. */
  readonly ambient: number;
  /** Additional brightness in full light, 0..1. */
  readonly diffuse: number;
}

export interface CameraPose {
  readonly position: Vec3;
  readonly lookAt: Vec3;
}

/** Everything that is random about an episode. */
export interface Scene {
  readonly blocks: readonly [Block, Block, Block];
  readonly homeTcp: Vec3;
  readonly lighting: Lighting;
  readonly camera: CameraPose;
  /** Standard deviation of the camera's pixel noise, in 8-bit steps. */
  readonly pixelNoise: number;
  /** Seeds the pixel noise. */
  readonly seed: number;
}

export const DEFAULT_LIGHTING: Lighting = { position: [0.55, 0.45, 1.3], ambient: 0.42, diffuse: 0.62 };
export const DEFAULT_CAMERA: CameraPose = { position: [0.98, 0, 0.62], lookAt: [0.36, 0, 0.085] };

const WORKSPACE = { x: [0.27, 0.47], y: [-0.18, 0.18] } as const;
/** Between block centres: room for an open finger beside any block. */
const MIN_DISTANCE = 0.105;

function placeBlocks(random: Random): [number, number][] {
  for (;;) {
    const placed: [number, number][] = [];
    for (let attempt = 0; attempt < 200 && placed.length < 3; attempt++) {
      const x = random.between(...WORKSPACE.x);
      const y = random.between(...WORKSPACE.y);
      if (placed.every(([px, py]) => Math.hypot(px - x, py - y) > MIN_DISTANCE)) placed.push([x, y]);
    }
    if (placed.length === 3) return placed;
  }
}

/** Three blocks of different colours at random places; light, camera and home pose at their defaults. */
export function createScene(seed: number): Scene {
  const random = new Random(seed);
  const colors = random.shuffle(BLOCK_COLOR_NAMES);
  const places = placeBlocks(random);
  const block = (index: number): Block => {
    const color = colors[index] as BlockColor;
    const [r, g, b] = BLOCK_COLORS[color];
    const tint = () => random.between(-0.04, 0.04);
    const clamp = (value: number) => Math.min(1, Math.max(0, value));
    return {
      color,
      rgb: [clamp(r + tint()), clamp(g + tint()), clamp(b + tint())],
      position: places[index] as [number, number],
      yaw: random.between(-Math.PI / 4, Math.PI / 4),
    };
  };
  return {
    blocks: [block(0), block(1), block(2)],
    homeTcp: HOME_TCP,
    lighting: DEFAULT_LIGHTING,
    camera: DEFAULT_CAMERA,
    pixelNoise: 0,
    seed,
  };
}

/** The one colour that is not on the table. */
export const absentColor = (scene: Scene): BlockColor =>
  BLOCK_COLOR_NAMES.find((name) => scene.blocks.every((block) => block.color !== name)) as BlockColor;
