import type { CameraFrame } from 'jetson-vla';
import { mujoco } from './mujoco.js';
import type { PickWorld } from './pick-world.js';
import { Random } from './random.js';
import type { CameraPose } from './scene.js';
import { addScaled, cross, normalised, subtract, type Vec3 } from './vector.js';

export interface RayCameraOptions {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Vertical field of view, degrees. */
  readonly fovY?: number;
  /** A fixed pose; by default the pose of the world's scene. */
  readonly pose?: CameraPose;
}

/** What a ray that hits nothing sees. */
const SKY = [200, 202, 208] as const;
/** Metres; also the farthest a shadow is cast. */
const RAY_LENGTH = 5;
/** A shadow ray that ends this much before its target has met something else, metres. */
const SHADOW_BIAS = 2e-3;

/**
 * A camera without a GPU: one ray per pixel into the collision geometry, Lambert shading, and exact shadows by a
 * second ray from the lamp. 128 × 128 takes about 8 ms.
 */
export class RayCamera implements Disposable {
  readonly width: number;
  readonly height: number;
  readonly #world: PickWorld;
  readonly #fovY: number;
  readonly #fixedPose: CameraPose | undefined;
  #aimedAt: CameraPose | undefined;
  readonly #directions: Float64Array;
  readonly #toHit: Float64Array;
  readonly #geoms;
  readonly #distances;
  readonly #normals;
  readonly #shadowGeoms;
  readonly #shadowDistances;

  constructor(world: PickWorld, options: RayCameraOptions) {
    this.#world = world;
    this.width = options.width;
    this.height = options.height;
    this.#fovY = options.fovY ?? 36;
    this.#fixedPose = options.pose;
    const rays = this.width * this.height;
    this.#directions = new Float64Array(3 * rays);
    this.#toHit = new Float64Array(3 * rays);
    this.#geoms = new mujoco.IntBuffer(rays);
    this.#distances = new mujoco.DoubleBuffer(rays);
    this.#normals = new mujoco.DoubleBuffer(3 * rays);
    this.#shadowGeoms = new mujoco.IntBuffer(rays);
    this.#shadowDistances = new mujoco.DoubleBuffer(rays);
  }

  #aim(pose: CameraPose): void {
    if (this.#aimedAt === pose) return;
    this.#aimedAt = pose;
    const forward = normalised(subtract(pose.lookAt, pose.position));
    const right = normalised(cross(forward, [0, 0, 1]));
    const up = cross(right, forward);
    const tangent = Math.tan((this.#fovY * Math.PI) / 360);
    const aspect = this.width / this.height;
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const across = ((2 * (x + 0.5)) / this.width - 1) * tangent * aspect;
        const upward = (1 - (2 * (y + 0.5)) / this.height) * tangent;
        const ray = normalised(addScaled(addScaled(forward, right, across), up, upward));
        this.#directions.set(ray, 3 * (y * this.width + x));
      }
    }
  }

  #cast(origin: Vec3, directions: Float64Array, geoms: unknown, distances: unknown, normals: unknown): void {
    const { model, data } = this.#world;
    // The bindings declare plain arrays and take typed ones, which spares a copy of every ray.
    const asNumbers = directions as unknown as number[];
    const groups = null as unknown as number[];
    const rays = this.width * this.height;
    const from = [...origin];
    mujoco.mj_multiRay(
      model,
      data,
      from,
      asNumbers,
      groups,
      true,
      -1,
      geoms,
      distances,
      normals,
      rays,
      RAY_LENGTH,
    );
  }

  /** Renders the world as it is now into packed RGB bytes, with the pixel noise of the scene. */
  render(): Uint8Array<ArrayBuffer> {
    const { scene } = this.#world;
    const pose = this.#fixedPose ?? scene.camera;
    this.#aim(pose);
    const rays = this.width * this.height;
    const directions = this.#directions;
    const toHit = this.#toHit;
    const { position: lamp, ambient, diffuse } = scene.lighting;

    this.#cast(pose.position, directions, this.#geoms, this.#distances, this.#normals);
    const geoms = this.#geoms.GetView();
    const distances = this.#distances.GetView();
    const [px, py, pz] = subtract(pose.position, lamp);
    const hitDistances = new Float64Array(rays);
    for (let ray = 0, at = 0; ray < rays; ray++, at += 3) {
      // A ray into the sky needs a valid shadow ray all the same: the batch has one per pixel.
      const reach = geoms[ray] < 0 ? RAY_LENGTH : distances[ray];
      const x = px + (directions[at] as number) * reach;
      const y = py + (directions[at + 1] as number) * reach;
      const z = pz + (directions[at + 2] as number) * reach;
      const length = Math.sqrt(x * x + y * y + z * z);
      hitDistances[ray] = length;
      toHit[at] = x / length;
      toHit[at + 1] = y / length;
      toHit[at + 2] = z / length;
    }
    this.#cast(lamp, toHit, this.#shadowGeoms, this.#shadowDistances, null);

    const normals = this.#normals.GetView();
    const shadow = this.#shadowDistances.GetView();
    const rgba = this.#world.model.geom_rgba;
    const pixels = new Uint8Array(3 * rays);
    for (let ray = 0, at = 0; ray < rays; ray++, at += 3) {
      const geom = geoms[ray];
      if (geom < 0) {
        pixels.set(SKY, at);
        continue;
      }
      const shadowed = shadow[ray] >= 0 && shadow[ray] < (hitDistances[ray] as number) - SHADOW_BIAS;
      const facing = -(
        normals[at] * (toHit[at] as number) +
        normals[at + 1] * (toHit[at + 1] as number) +
        normals[at + 2] * (toHit[at + 2] as number)
      );
      const light = 255 * (ambient + (shadowed || facing < 0 ? 0 : diffuse * facing));
      for (let channel = 0; channel < 3; channel++)
        pixels[at + channel] = Math.min(255, light * rgba[4 * geom + channel]);
    }
    if (scene.pixelNoise > 0) this.#addNoise(pixels, scene.pixelNoise);
    return pixels;
  }

  #addNoise(pixels: Uint8Array, deviation: number): void {
    // Seeded by scene and time, so that an episode repeats exactly and no two frames share their noise.
    const random = new Random(this.#world.scene.seed ^ Math.round(this.#world.time * 1000));
    for (let index = 0; index < pixels.length; index++) {
      const noisy = (pixels[index] as number) + deviation * random.normal();
      pixels[index] = Math.min(255, Math.max(0, Math.round(noisy)));
    }
  }

  /** @param capturedAt the present time on the robot's clock, milliseconds */
  capture(capturedAt: number): CameraFrame {
    return { encoding: 'rgb8', width: this.width, height: this.height, data: this.render(), capturedAt };
  }

  dispose(): void {
    this.#geoms.delete();
    this.#distances.delete();
    this.#normals.delete();
    this.#shadowGeoms.delete();
    this.#shadowDistances.delete();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
