import { Random } from './random.js';
import type { Scene } from './scene.js';
import { addScaled } from './vector.js';

export const PERTURBATIONS = ['light', 'camera', 'noise', 'home', 'all'] as const;
export type Perturbation = (typeof PERTURBATIONS)[number];

/** Keeps the perturbation's random stream apart from the one that made the scene. */
const STREAM = 0x5eed1e55;

const PERTURB: Record<Exclude<Perturbation, 'all'>, (scene: Scene, random: Random) => Scene> = {
  /** The lamp moves by up to 30 cm along each table axis, and the room gets brighter or darker. */
  light: (scene, random) => {
    const [x, y, z] = scene.lighting.position;
    return {
      ...scene,
      lighting: {
        position: [
          x + random.between(-0.3, 0.3),
          y + random.between(-0.3, 0.3),
          z + random.between(-0.2, 0.2),
        ],
        ambient: scene.lighting.ambient + random.between(-0.08, 0.08),
        diffuse: scene.lighting.diffuse + random.between(-0.08, 0.08),
      },
    };
  },
  /** The camera moves 3 cm in a random direction and is aimed at the same point again. */
  camera: (scene, random) => ({
    ...scene,
    camera: { ...scene.camera, position: addScaled(scene.camera.position, random.direction(), 0.03) },
  }),
  /** Gaussian pixel noise, σ = 8 of 255. */
  noise: (scene) => ({ ...scene, pixelNoise: 8 }),
  /** The arm starts up to 8 cm off to each side and up to 8 cm lower. */
  home: (scene, random) => {
    const [x, y, z] = scene.homeTcp;
    return {
      ...scene,
      homeTcp: [
        x + random.between(-0.08, 0.08),
        y + random.between(-0.08, 0.08),
        z - random.between(0, 0.08),
      ],
    };
  },
};

/** The same scene under changed conditions; what changes follows from the scene's seed alone. */
export function perturbScene(scene: Scene, perturbation: Perturbation): Scene {
  const random = new Random(scene.seed ^ STREAM);
  const kinds =
    perturbation === 'all' ? (['light', 'camera', 'noise', 'home'] as const) : ([perturbation] as const);
  return kinds.reduce((changed, kind) => PERTURB[kind](changed, random), scene);
}
