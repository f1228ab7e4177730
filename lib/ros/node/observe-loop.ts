import type { ChunkInferrer, StateVector } from '../../action/chunk-inferrer.js';
import type { VLAError } from '../../errors.js';
import { asVLAError, callback } from '../../robot/faults.js';
import type { Camera, Clock, JointState } from '../../robot/robot.js';
import { NO_TASK, type Task, type TaskFollower } from './task.js';

export interface ObserveLoopOptions {
  readonly clock: Clock;
  readonly camera: Camera;
  /** The measured joints, for a policy that takes a state; undefined for one that does not. */
  readonly jointState: (() => Promise<JointState>) | undefined;
  readonly stateVector: StateVector;
  /** Inferences per second, asked each time. */
  readonly rateHz: () => number;
  /** For one inference, milliseconds. */
  readonly timeoutMs: number;
  readonly onChange: (task: Task) => void;
  readonly onError: (error: VLAError) => void;
}

/**
 * Asks the policy at a fixed rate and moves nothing: what it wants is published for others. An inference that takes
 * longer than a period costs the periods that it covers; they are not made up for.
 */
export class ObserveLoop implements TaskFollower {
  readonly #inferrer: ChunkInferrer;
  readonly #options: ObserveLoopOptions;
  #task: Task = NO_TASK;
  #loop: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(inferrer: ChunkInferrer, options: ObserveLoopOptions) {
    this.#inferrer = inferrer;
    this.#options = options;
  }

  get task(): Task {
    return this.#task;
  }

  follow(instruction: string): void {
    const text = instruction.trim();
    if (text === this.#task.instruction) return;
    this.#task = text === '' ? NO_TASK : { state: 'running', instruction: text };
    this.#options.onChange(this.#task);
    if (text === '') this.#loop?.stopping.abort();
    else if (this.#loop === undefined || this.#loop.stopping.signal.aborted) this.#start();
  }

  async stop(): Promise<void> {
    this.follow('');
    await this.#loop?.ended;
  }

  #start(): void {
    const before = this.#loop?.ended ?? Promise.resolve();
    const stopping = new AbortController();
    this.#loop = { stopping, ended: before.then(() => this.#run(stopping.signal)) };
  }

  /** Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const { clock, rateHz, onError } = this.#options;
    let dueMs = clock.now();
    while (!signal.aborted) {
      await this.#infer(signal).catch((error: unknown) => {
        if (!signal.aborted) onError(asVLAError('the inference', error));
      });
      const now = clock.now();
      dueMs = Math.max(dueMs + 1000 / rateHz(), now);
      await clock.sleep(dueMs - now, signal).catch(() => {});
    }
  }

  async #infer(signal: AbortSignal): Promise<void> {
    const { camera, jointState, stateVector, timeoutMs } = this.#options;
    const { instruction } = this.#task;
    const frame = await camera.capture();
    const measured = await jointState?.();
    const state =
      measured &&
      (await callback('stateVector', () => stateVector({ joints: measured.positions, gripper: 0 })));
    await this.#inferrer.infer(frame, instruction, {
      ...(state && { state }),
      signal,
      deadlineMs: timeoutMs,
    });
  }
}
