import {
  type JetsonVLAEngine,
  type SafeExecutionOutcome,
  SafeVLAExecutor,
  type SafeVLAExecutorOptions,
  VLAError,
} from 'jetson-vla';
import { countGuards, type GuardCounts } from './guard-counts.js';
import { InferenceDelay } from './inference-delay.js';
import { liftedBlock } from './lifted-block.js';
import { GUARDS } from './safety.js';
import type { BlockColor, Scene } from './scene.js';
import type { SimStage } from './stage.js';

/** Ten simulated seconds of re-planning every two waypoints. */
const MAX_CHUNKS = 25;

export interface EpisodeOutcome {
  readonly seed: number;
  readonly instruction: string;
  /** The colour that the instruction asks for, or null when it asks for no single one. */
  readonly target: BlockColor | null;
  /** The colour of the block in the gripper at the end. */
  readonly picked: BlockColor | null;
  readonly success: boolean;
  /** `picked`, `wrong_block`, `gave_up`, or the code of the VLAError that ended the episode. */
  readonly reason: string;
  /** The error that ended the episode. */
  readonly fault: VLAError | undefined;
  /** Inferences. */
  readonly chunks: number;
  readonly waypoints: number;
  /** Simulated time, seconds. */
  readonly durationS: number;
  /** Each inference, milliseconds; with a simulated delay that one. */
  readonly inferenceMs: readonly number[];
  readonly guards: GuardCounts;
}

/** What a robot is asked to do. */
export interface PickTask {
  readonly instruction: string;
  /** The block that is asked for; null when there is none to pick. */
  readonly target: BlockColor | null;
}

export interface EpisodeOptions {
  readonly signal?: AbortSignal;
  readonly maxChunks?: number;
  /** Simulated milliseconds that each inference takes. Default 0. */
  readonly delayMs?: number;
  /** Simulated seconds after which no further chunk is asked for. Default: no limit. */
  readonly timeLimitS?: number;
  /** File or sink for the record of all decisions; false, the default, for none. */
  readonly audit?: SafeVLAExecutorOptions['audit'];
}

/**
 * The closed loop: look, infer, run the first waypoints of the chunk, look again, until a block is lifted or the
 * chunks run out. Errors end the episode and become its reason.
 */
export async function runEpisode(
  stage: SimStage,
  engine: JetsonVLAEngine,
  scene: Scene,
  task: PickTask,
  { signal, maxChunks = MAX_CHUNKS, delayMs = 0, timeLimitS = Infinity, audit }: EpisodeOptions = {},
): Promise<EpisodeOutcome> {
  stage.reset(scene);
  const { world, robot, limits, collision } = stage;
  const { instruction, target } = task;
  using executor = new SafeVLAExecutor(robot, {
    limits,
    collision,
    kinematics: collision,
    ...GUARDS,
    audit: audit ?? false,
    execute: engine.policy.manifest.chunk.execute,
    successCondition: () => liftedBlock(stage) !== null,
    onWarning: stage.onWarning,
  });
  const policy = delayMs > 0 ? new InferenceDelay(engine, robot.clock, delayMs) : engine;
  const judged: SafeExecutionOutcome[] = [];
  const cancel = signal === undefined ? {} : { signal };
  const inferenceMs: number[] = [];
  let waypoints = 0;
  let fault: VLAError | undefined;
  try {
    while (inferenceMs.length < maxChunks && robot.clock.now() < timeLimitS * 1000) {
      const chunk = await policy.infer(await robot.camera.capture(), instruction, cancel);
      inferenceMs.push(chunk.timing?.totalMs ?? 0);
      const outcome = await executor.execute(chunk, instruction, cancel);
      judged.push(outcome);
      waypoints += outcome.waypointsRun;
      fault = outcome.reason;
      if (outcome.completed || outcome.stopped) break;
    }
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    fault = error;
  }
  const picked = liftedBlock(stage);
  const success = fault === undefined && picked !== null && picked === target;
  const ending = picked === null ? 'gave_up' : success ? 'picked' : 'wrong_block';
  return {
    seed: scene.seed,
    instruction,
    target,
    picked,
    success,
    reason: fault?.code ?? ending,
    fault,
    chunks: inferenceMs.length,
    waypoints,
    durationS: Number(world.time.toFixed(3)),
    inferenceMs,
    guards: countGuards(judged),
  };
}
