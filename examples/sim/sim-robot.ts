import {
  type Camera,
  type CameraFrame,
  type Gripper,
  type JointReference,
  type JointState,
  type JointTrajectory,
  type Robot,
  sampleTrajectory,
  TrajectoryQueue,
  VirtualClock,
} from 'jetson-vla';
import { SimFaults } from './faults.js';
import { JOINT_NAMES, type PickWorld } from './pick-world.js';
import { RayCamera } from './ray-camera.js';

/** Fingers slower than this are at rest, m/s. */
const FINGER_AT_REST = 1e-3;
/** Milliseconds for the fingers to start moving, and the longest they may take. */
const FINGER_START_MS = 60;
const FINGER_LIMIT_MS = 1000;

export interface SimRobotOptions {
  /** Side of the square camera image, pixels. */
  readonly imageSize?: number;
  /** Called after each physics step: for recording. */
  readonly onStep?: () => void;
}

/**
 * The simulated arm as a jetson-vla robot. Its clock is simulated time, and physics happens only as that goes on: an
 * episode takes as long as the computing does and is the same on every machine. Hold the clock around an inference,
 * or wrap the engine in an {@link InferenceDelay}.
 */
export class SimRobot implements Robot, Disposable {
  readonly jointNames: readonly string[] = JOINT_NAMES;
  readonly clock: VirtualClock;
  readonly camera: Camera;
  readonly gripper: Gripper;
  readonly faults = new SimFaults();
  readonly #world: PickWorld;
  readonly #view: RayCamera;
  readonly #trajectories = new TrajectoryQueue();
  readonly #stepMs: number;
  readonly #firstStep: number;
  #disposed = false;

  constructor(world: PickWorld, { imageSize = 128, onStep }: SimRobotOptions = {}) {
    this.#world = world;
    this.#stepMs = world.timestep * 1000;
    this.#view = new RayCamera(world, { width: imageSize, height: imageSize });
    this.#firstStep = world.steps;
    this.clock = new VirtualClock({
      onAdvance: (toMs) => {
        if (this.#disposed)
          throw new Error('the simulated robot was disposed while something waited on its clock');
        while (this.#worldMs + this.#stepMs <= toMs) {
          world.step();
          onStep?.();
        }
      },
    });
    this.camera = {
      capture: async (): Promise<CameraFrame> => this.faults.seen(this.#view.capture(this.clock.now())),
    };
    this.gripper = {
      open: (signal) => this.#moveFingers(false, signal),
      close: (signal) => this.#moveFingers(true, signal),
      isGripping: async () => world.gripperClosed && world.heldBlock() !== undefined,
    };
  }

  async jointState(): Promise<JointState> {
    return this.faults.told({
      positions: this.#world.joints(),
      velocities: this.#world.jointVelocities(),
      stamp: this.clock.now(),
    });
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    // A reset of the world ends what its arm followed.
    if (!this.#world.followsReference) this.#trajectories.clear();
    this.#trajectories.add(trajectory);
    this.#world.followReference(() => this.#reference(this.#worldMs));
  }

  async stop(): Promise<void> {
    this.#trajectories.clear();
    this.#world.setJointTarget(this.#world.joints());
  }

  /** The physics' own time on the robot's clock. Whole numbers, so that an episode repeats to the last bit. */
  get #worldMs(): number {
    return (this.#world.steps - this.#firstStep) * this.#stepMs;
  }

  #reference(timeMs: number): JointReference | undefined {
    const running = this.#trajectories.runningAt(timeMs);
    if (running === undefined) return undefined;
    this.#trajectories.dropBefore(running);
    const reference = sampleTrajectory(running.points, (timeMs - running.startMs) / 1000);
    return this.faults.servo(reference, () => this.#world.joints());
  }

  async #moveFingers(closed: boolean, signal?: AbortSignal): Promise<void> {
    const world = this.#world;
    if (closed === world.gripperClosed && world.fingerSpeed() < FINGER_AT_REST) return;
    world.setGripper(closed);
    const start = this.clock.now();
    const elapsed = () => this.clock.now() - start;
    while (elapsed() < FINGER_LIMIT_MS) {
      if (elapsed() > FINGER_START_MS && world.fingerSpeed() < FINGER_AT_REST) return;
      await this.clock.sleep(this.#stepMs, signal);
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#view.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
