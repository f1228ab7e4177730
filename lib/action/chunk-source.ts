import { VLAError } from '../errors.js';
import type { CameraFrame } from '../policy/camera-frame.js';
import { callback, robotCommand } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import type { GuardedMotion } from '../safety/guarded-motion.js';
import { ActionChunk } from './action-chunk.js';
import type { ChunkInferrer, RobotState } from './chunk-inferrer.js';
import { dueAt, type PlacedChunk } from './chunk-timeline.js';
import type { Delay } from './delay-estimator.js';
import type { SchedulerConfig } from './scheduler-options.js';
import { projectGripper, projectJoints } from './state-projection.js';

/** What a request needs to know of the run. */
export interface ChunkQuestion {
  readonly instruction: string;
  /** The chunk that runs; undefined before the first. */
  readonly running: PlacedChunk | undefined;
  /** When the answer is expected to be started. */
  readonly delay: Delay;
}

export interface ChunkAnswer {
  readonly chunk: ActionChunk;
  /** Of the frame behind it. */
  readonly frameStamp: number;
  /** Milliseconds on the robot's clock. */
  readonly inferStartedAt: number;
  readonly inferEndedAt: number;
  /** Wall clock. */
  readonly inferMs: number;
}

/** From the robot's senses to a chunk: a new camera frame, the joint state, the inference. */
export class ChunkSource {
  /** The gripper command in force, which outlasts the run that gave it. */
  gripper = 0;
  readonly #inferrer: ChunkInferrer;
  readonly #robot: Robot;
  readonly #motion: GuardedMotion;
  readonly #config: SchedulerConfig;
  #usedStamp = Number.NEGATIVE_INFINITY;

  constructor(inferrer: ChunkInferrer, robot: Robot, motion: GuardedMotion, config: SchedulerConfig) {
    this.#inferrer = inferrer;
    this.#robot = robot;
    this.#motion = motion;
    this.#config = config;
  }

  /**
   * A chunk from a frame that is newer than the last one used. While the camera has none it is asked again at each
   * control period.
   *
   * @throws VLAError ROBOT_FAILED when camera or joints fail, CALLBACK_FAILED, CHUNK_INVALID; what the inferrer throws,
   *   as INFERENCE_FAILED unless it is a VLAError; ABORTED
   */
  async next(question: ChunkQuestion, signal: AbortSignal): Promise<ChunkAnswer> {
    const { clock } = this.#robot;
    const frame = await this.#newFrame(signal);
    const robotState = await this.#state(question);
    const state = await callback('stateVector', () => this.#config.stateVector(robotState));
    const inferStartedAt = clock.now();
    const startedAt = performance.now();
    const chunk = await this.#infer(frame, question.instruction, {
      ...(state && { state }),
      signal,
      deadlineMs: this.#config.inferenceTimeoutMs,
    });
    const inferMs = performance.now() - startedAt;
    return { chunk, frameStamp: frame.capturedAt, inferStartedAt, inferEndedAt: clock.now(), inferMs };
  }

  /** Frames up to this stamp will not be used again. */
  used(frameStamp: number): void {
    this.#usedStamp = Math.max(this.#usedStamp, frameStamp);
  }

  async #newFrame(signal: AbortSignal): Promise<CameraFrame & { readonly capturedAt: number }> {
    const { camera, clock } = this.#robot;
    for (;;) {
      // A frame without a stamp is not older than the call that asked for it.
      const askedAt = clock.now();
      const frame = await robotCommand('capturing a frame', () => camera.capture(), signal);
      const capturedAt = frame.capturedAt ?? askedAt;
      if (capturedAt > this.#usedStamp) return { ...frame, capturedAt };
      await clock.sleep(1000 / this.#config.rateHz, signal);
    }
  }

  async #state({ running, delay }: ChunkQuestion): Promise<RobotState> {
    const { gripper } = this;
    const { positions } = await robotCommand('reading the joints', () => this.#robot.jointState());
    if (this.#config.stateMode === 'measured') return { joints: positions, gripper };
    const now = this.#robot.clock.now();
    const then = now + delay.ms;
    const joints = projectJoints({
      actions: this.#config.actionReference,
      measured: positions,
      commandedNow: this.#motion.referenceAt(now)?.positions,
      commandedThen: this.#motion.referenceAt(then)?.positions,
    });
    const projected =
      running && projectGripper(running.planned, dueAt(running, 0), this.#motion.progressAt(then), gripper);
    return { joints, gripper: projected ?? gripper };
  }

  async #infer(
    frame: CameraFrame,
    instruction: string,
    options: Parameters<ChunkInferrer['infer']>[2],
  ): Promise<ActionChunk> {
    const chunk = await this.#call(frame, instruction, options);
    if (chunk instanceof ActionChunk) return chunk;
    throw new VLAError('CHUNK_INVALID', `expected infer to give an ActionChunk, got ${typeof chunk}`);
  }

  async #call(...args: Parameters<ChunkInferrer['infer']>): Promise<unknown> {
    try {
      return await this.#inferrer.infer(...args);
    } catch (cause) {
      if (cause instanceof VLAError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new VLAError('INFERENCE_FAILED', `the inference failed: ${text}`, { cause });
    }
  }
}
