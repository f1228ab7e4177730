import {
  type Camera,
  type CameraFrame,
  type Clock,
  type Gripper,
  type JointState,
  type Robot,
  VLAError,
} from 'jetson-vla';
import { JOINT_NAMES, type PickWorld } from './pick-world.js';
import { RayCamera } from './ray-camera.js';

/** Fingers slower than this are at rest, m/s. */
const FINGER_AT_REST = 1e-3;
/** Seconds for the fingers to start moving, and the longest they may take. */
const FINGER_START_S = 0.06;
const FINGER_LIMIT_S = 1;

export interface SimRobotOptions {
  /** Side of the square camera image, pixels. */
  readonly imageSize?: number;
  /** Called after each physics step: for recording. */
  readonly onStep?: () => void;
}

/**
 * The simulated arm as a jetson-vla robot. Its clock is simulated time: waiting means stepping the physics, so an
 * episode takes as long as the computing does and is the same on every machine.
 */
export class SimRobot implements Robot, Disposable {
  readonly jointNames: readonly string[] = JOINT_NAMES;
  readonly clock: Clock;
  readonly camera: Camera;
  readonly gripper: Gripper;
  readonly #world: PickWorld;
  readonly #view: RayCamera;
  readonly #onStep: (() => void) | undefined;

  constructor(world: PickWorld, options: SimRobotOptions = {}) {
    this.#world = world;
    this.#onStep = options.onStep;
    const size = options.imageSize ?? 128;
    this.#view = new RayCamera(world, { width: size, height: size });
    this.clock = {
      now: () => world.totalTime * 1000,
      sleep: async (ms, signal) => {
        const steps = Math.round(ms / 1000 / world.timestep);
        for (let step = 0; step < steps; step++) this.#step(signal);
      },
    };
    this.camera = { capture: async (): Promise<CameraFrame> => this.#view.capture() };
    this.gripper = {
      open: async (signal) => this.#moveFingers(false, signal),
      close: async (signal) => this.#moveFingers(true, signal),
      isGripping: async () => world.gripperClosed && world.heldBlock() !== undefined,
    };
  }

  async jointState(): Promise<JointState> {
    return {
      positions: this.#world.joints(),
      velocities: this.#world.jointVelocities(),
      stamp: this.clock.now(),
    };
  }

  async moveTo(positions: readonly number[], durationS: number, signal?: AbortSignal): Promise<void> {
    const from = this.#world.jointTarget;
    const steps = Math.max(1, Math.round(durationS / this.#world.timestep));
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      this.#world.setJointTarget(
        from.map((start, joint) => start + ((positions[joint] ?? start) - start) * part),
      );
      this.#step(signal);
    }
  }

  async stop(): Promise<void> {
    this.#world.setJointTarget(this.#world.joints());
  }

  #moveFingers(closed: boolean, signal?: AbortSignal): void {
    const { timestep } = this.#world;
    this.#world.setGripper(closed);
    const start = Math.round(FINGER_START_S / timestep);
    const limit = Math.round(FINGER_LIMIT_S / timestep);
    for (let step = 0; step < limit; step++) {
      if (step > start && this.#world.fingerSpeed() < FINGER_AT_REST) return;
      this.#step(signal);
    }
  }

  #step(signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
      this.#world.setJointTarget(this.#world.joints());
      throw new VLAError('ABORTED', 'the motion was cancelled', { cause: signal.reason });
    }
    this.#world.step();
    this.#onStep?.();
  }

  dispose(): void {
    this.#view.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
