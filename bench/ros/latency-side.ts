import { RELIABLE } from '../../lib/ros/qos.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import { CAMERA_HZ, Camera, type CameraScene } from './camera.js';
import { FRAME_NUMBERS, FrameLog } from './frame-log.js';
import type { SideProcess } from './side-process.js';

const START_S = 60;
const INSTRUCTION = 'pick up the red block';
/** The actions are the last field of their message: five waypoints of seven float32, the gripper last. */
const ACTIONS_BYTES = 5 * 7 * 4;
const GRIPPER_AT = 6 * 4;

/** Frames to a node that publishes `vla/actions`, and how long after each frame they arrive here. */
export class LatencySide implements AsyncDisposable {
  readonly #process: SideProcess;
  readonly #instruction;
  readonly #actions;
  readonly #camera: Camera;
  readonly #log = new FrameLog();
  #answers = 0;

  /** @param namespace of the node, absolute */
  constructor(node: RosNode, namespace: string, process: SideProcess, scene: CameraScene) {
    this.#process = process;
    this.#instruction = node.advertise('std_msgs/msg/String', `${namespace}/vla/instruction`, RELIABLE);
    this.#actions = node.subscribeCdr(
      'std_msgs/msg/Float32MultiArray',
      `${namespace}/vla/actions`,
      RELIABLE,
      (cdr) => {
        const atMs = performance.now();
        this.#answers++;
        this.#log.answered(frameNumber(cdr), atMs);
      },
    );
    this.#camera = new Camera(node, namespace, this.#log, scene);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Sets the node to work, shows it so many frames and lets it rest.
   *
   * @param onWarm called before the frames that count
   * @returns milliseconds from each frame to its first answer, and how many frames got none
   */
  async turn(
    frames: number,
    warmUpFrames: number,
    onWarm?: () => void,
  ): Promise<ReturnType<FrameLog['take']>> {
    await this.#start();
    await this.#show(warmUpFrames);
    this.#log.take();
    onWarm?.();
    await this.#show(frames);
    const taken = this.#log.take();
    this.#instruction.publish({ data: '' });
    return taken;
  }

  async #start(): Promise<void> {
    const before = this.#answers;
    let frames = 0;
    await this.#camera.publish(() => {
      this.#process.check();
      // A node that is not yet there or not yet active does not hear it.
      if (frames % CAMERA_HZ === 0) this.#instruction.publish({ data: INSTRUCTION });
      if (frames++ > START_S * CAMERA_HZ) throw this.#process.failure(`no actions within ${START_S} s`);
      return this.#answers > before;
    });
  }

  /** Returns a period after the last frame, which so has its answer as all others. */
  async #show(frames: number): Promise<void> {
    let left = frames;
    await this.#camera.publish(() => left-- === 0);
    await new Promise((resolve) => setTimeout(resolve, 2000 / CAMERA_HZ));
    this.#process.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#camera.dispose();
    this.#actions.dispose();
    this.#instruction.dispose();
    await this.#process[Symbol.asyncDispose]();
  }
}

/** The number of the frame that the actions come from. */
export function frameNumber(cdr: Uint8Array): number {
  const view = new DataView(cdr.buffer, cdr.byteOffset, cdr.byteLength);
  const gripper = view.getFloat32(cdr.byteLength - ACTIONS_BYTES + GRIPPER_AT, true);
  return Math.round(gripper * (FRAME_NUMBERS - 1));
}
