import { VLAError } from '../errors.js';
import { abortable } from '../robot/abortable.js';
import { asVLAError, callback } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import type { GuardedMotion, MotionStatus, Submission } from '../safety/guarded-motion.js';
import type { ChunkAnswer, ChunkSource } from './chunk-source.js';
import { ChunkTimeline, dueAt, type PlacedChunk, placeChunk } from './chunk-timeline.js';
import { DeadlineWatch } from './deadline-policy.js';
import type { DelayEstimator } from './delay-estimator.js';
import { InferenceTrigger } from './inference-trigger.js';
import { PaceKeeper } from './pace-keeper.js';
import type { SchedulerConfig } from './scheduler-options.js';
import type { SchedulerEnd } from './scheduler-outcome.js';
import type { SchedulerTally } from './scheduler-tally.js';
import { submitInTime } from './submit-in-time.js';

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly robot: Robot;
  readonly motion: GuardedMotion;
  readonly config: SchedulerConfig;
  readonly source: ChunkSource;
  readonly delays: DelayEstimator;
}

/** Why a run should end. */
export interface Verdict {
  readonly end: SchedulerEnd;
  readonly reason?: VLAError;
}

/** A request for a chunk, from the trigger to the verdict of the guards. */
interface ChunkRequest {
  readonly instruction: string;
  readonly startedAt: number;
  readonly startProgress: number;
  /** Aborted with a VLAError when the request has failed, with anything else when its answer is not wanted. */
  readonly cancel: AbortController;
  /** Whether the robot has moved at its own pace all the time, so that progress tells the delay. */
  free: boolean;
  submitting: boolean;
}

/** Keeps a motion supplied with chunks: one request at a time, beside the control loop and never awaited by it. */
export class ChunkPipeline {
  readonly #parts: SchedulerParts;
  readonly #tally: SchedulerTally;
  readonly #conclude: (verdict: Verdict) => void;
  readonly #trigger: InferenceTrigger;
  readonly #pace: PaceKeeper;
  readonly #timeline = new ChunkTimeline();
  #instruction: string;
  #request: ChunkRequest | undefined;
  #serving: Promise<void> = Promise.resolve();
  #gripperChangedAt = Number.NEGATIVE_INFINITY;
  #errorsInRow = 0;
  #rejectsInRow = 0;
  #closed = false;

  /**
   * @param conclude is told when the run should end
   * @throws VLAError INVALID_ARGUMENT when an option of trigger or deadline is out of range
   */
  constructor(
    parts: SchedulerParts,
    instruction: string,
    tally: SchedulerTally,
    conclude: (verdict: Verdict) => void,
  ) {
    const { motion, robot, config } = parts;
    const deadline = new DeadlineWatch(config.deadlinePolicy, config.deadlineReserve);
    this.#parts = parts;
    this.#instruction = instruction;
    this.#tally = tally;
    this.#conclude = conclude;
    this.#trigger = new InferenceTrigger(1000 / config.rateHz, config.trigger);
    this.#pace = new PaceKeeper(motion, robot.clock, deadline, config.commandTimeoutMs);
  }

  get instruction(): string {
    return this.#instruction;
  }

  set instruction(instruction: string) {
    if (instruction === this.#instruction) return;
    this.#instruction = instruction;
    this.#trigger.urge();
    // A chunk that the guards are judging cannot be taken back; the next one will replace it.
    if (this.#request?.submitting === false) this.#request.cancel.abort();
  }

  /**
   * One control tick: a late chunk slows the robot down, and the next one is asked for in time.
   *
   * @throws VLAError when the robot cannot be slowed down
   */
  async step(status: MotionStatus): Promise<void> {
    const { clock } = this.#parts.robot;
    this.#watchGripper(status, clock.now());
    this.#watchRequest(status, clock.now());
    const { remaining, moving } = status;
    const triggerLevel = this.#trigger.level(this.#need);
    if (!this.#request?.submitting && (await this.#pace.check({ remaining, moving, triggerLevel })))
      this.#tally.deadlineMisses++;
    const nowMs = clock.now();
    if (!this.#closed && this.#trigger.due({ nowMs, remaining, ...this.#need })) this.#ask(status, nowMs);
  }

  /** Drops the request in flight, and resolves once nothing of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#request?.cancel.abort();
    await this.#serving;
  }

  get #running(): PlacedChunk | undefined {
    return this.#timeline.chunks.at(-1);
  }

  get #need(): { readonly horizon: number; readonly delayActions: number } {
    const { actions } = this.#parts.delays.estimate;
    return { horizon: this.#running?.chunk.horizon ?? 0, delayActions: actions };
  }

  /**
   * Whether a grasp holds shows only in a picture that was taken since: what was planned beyond it is a guess, and has no
   * meaningful mean with what is planned on knowing it.
   */
  #watchGripper({ passed }: MotionStatus, nowMs: number): void {
    const { source } = this.#parts;
    const gripper = passed.findLast(({ gripper }) => gripper !== undefined)?.gripper ?? source.gripper;
    if (gripper > 0.5 !== source.gripper > 0.5) {
      this.#gripperChangedAt = nowMs;
      this.#timeline.clear();
      this.#trigger.urge();
    }
    source.gripper = gripper;
  }

  #watchRequest({ moving }: MotionStatus, nowMs: number): void {
    const request = this.#request;
    if (request === undefined) return;
    if (!moving || this.#pace.slowed) request.free = false;
    const { inferenceTimeoutMs } = this.#parts.config;
    if (!request.submitting && nowMs - request.startedAt > inferenceTimeoutMs)
      request.cancel.abort(
        new VLAError('DEADLINE_EXCEEDED', `no chunk within ${inferenceTimeoutMs} ms`, {
          hint: 'Look whether the camera delivers new frames, and how long the policy takes.',
        }),
      );
  }

  #ask({ moving }: MotionStatus, nowMs: number): void {
    const request: ChunkRequest = {
      instruction: this.#instruction,
      startedAt: nowMs,
      startProgress: this.#parts.motion.progressAt(nowMs),
      cancel: new AbortController(),
      free: moving && !this.#pace.slowed,
      submitting: false,
    };
    this.#trigger.requested();
    this.#request = request;
    this.#serving = this.#serve(request).finally(() => {
      this.#request = undefined;
    });
  }

  /** Never rejects. */
  async #serve(request: ChunkRequest): Promise<void> {
    const answer = await this.#answer(request);
    if (answer === undefined) return;
    this.#tally.inferences++;
    this.#errorsInRow = 0;
    try {
      await this.#pace.settled;
      // The last moment to drop it: from here on the guards have it.
      if (request.cancel.signal.aborted) this.#drop();
      else await this.#submit(request, answer);
    } catch (error) {
      this.#conclude({ end: 'failed', reason: asVLAError('submitting a chunk', error) });
    }
  }

  async #answer({ instruction, cancel: { signal } }: ChunkRequest): Promise<ChunkAnswer | undefined> {
    const { source, delays } = this.#parts;
    const delay = delays.estimate;
    const question = { instruction, running: this.#running, delay };
    try {
      return await abortable(() => source.next(question, signal), signal);
    } catch (error) {
      if (!signal.aborted) this.#failed(asVLAError('the inference', error));
      else if (signal.reason instanceof VLAError) this.#failed(signal.reason);
      else this.#drop();
      return undefined;
    }
  }

  #drop(): void {
    this.#tally.discarded++;
    this.#trigger.dropped();
  }

  #failed(error: VLAError): void {
    const { config, robot } = this.#parts;
    this.#trigger.failed(robot.clock.now());
    this.#tally.inferenceFailed(error);
    this.#notify('onInferenceError', () => config.onInferenceError?.(error));
    this.#errorsInRow++;
    if (this.#errorsInRow >= config.maxInferenceErrors) this.#conclude({ end: 'inference', reason: error });
  }

  async #submit(request: ChunkRequest, answer: ChunkAnswer): Promise<void> {
    const { motion, robot, config, source } = this.#parts;
    const { chunk } = answer;
    const { instruction } = request;
    request.submitting = true;
    const placed = placeChunk(chunk, motion.progressAt(chunk.capturedAt), instruction);
    const waypoints = config.merge.merge(this.#timeline.with(placed));
    const submission = await submitInTime(
      motion,
      robot,
      { chunk, waypoints, progress: dueAt(placed, 0), instruction },
      config.commandTimeoutMs,
    );
    source.used(answer.frameStamp);
    this.#settle(request, { ...placed, planned: waypoints }, submission);
    this.#report(answer, placed, submission);
  }

  /** Learns from the verdict of the guards. */
  #settle(request: ChunkRequest, placed: PlacedChunk, submission: Submission): void {
    const { motion, robot, config, delays } = this.#parts;
    const { outcome, commandedAt, error } = submission;
    const at = commandedAt ?? robot.clock.now();
    const ms = Math.max(0, at - request.startedAt);
    const consumed = Math.max(0, motion.progressAt(at) - request.startProgress);
    // A robot that rested or was slowed down would have consumed more.
    const nominal = ms / (placed.chunk.secondsPerWaypoint * 1000);
    delays.record({ ms, actions: request.free ? consumed : Math.max(consumed, nominal) });

    if (outcome === 'stop') {
      this.#conclude({ end: 'latched', ...(error && { reason: error }) });
      return;
    }
    if (commandedAt === undefined) {
      this.#tally.rejects++;
      this.#trigger.failed(robot.clock.now());
      this.#rejectsInRow++;
      if (this.#rejectsInRow >= config.maxRejects)
        this.#conclude({ end: 'rejected', ...(error && { reason: error }) });
      return;
    }
    this.#rejectsInRow = 0;
    if (placed.chunk.capturedAt >= this.#gripperChangedAt)
      this.#timeline.add(placed, config.merge.keep(placed.chunk.horizon));
    this.#pace.renew();
    this.#trigger.served();
  }

  #report(answer: ChunkAnswer, placed: PlacedChunk, submission: Submission): void {
    const { motion, robot, config } = this.#parts;
    const { chunk, base, instruction } = placed;
    const { inferStartedAt, inferEndedAt, inferMs } = answer;
    const { guardMs, commandedAt, outcome, reasons } = submission;
    const { sequence, capturedAt } = chunk;
    const at = commandedAt ?? robot.clock.now();
    this.#notify('onChunk', () =>
      config.onChunk?.({
        sequence,
        instruction,
        capturedAt,
        inferStartedAt,
        inferEndedAt,
        inferMs,
        guardMs,
        commandedAt,
        outcome,
        reasons,
        delayActions: motion.progressAt(at) - base,
        delayMs: at - capturedAt,
      }),
    );
  }

  /** Calls a listener, which nobody waits for: a slow one must not hold up the next chunk. */
  #notify(name: string, call: () => void): void {
    callback(name, call).catch((error: unknown) => {
      this.#conclude({ end: 'failed', reason: asVLAError(name, error) });
    });
  }
}
