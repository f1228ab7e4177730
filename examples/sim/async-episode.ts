import {
  ChunkScheduler,
  type ChunkSchedulerOptions,
  type ChunkSpan,
  type JetsonVLAEngine,
  SafeVLAExecutor,
  type SchedulerOutcome,
} from 'jetson-vla';
import type { PickTask } from './episode.js';
import { countGuards, type GuardCounts } from './guard-counts.js';
import { InferenceDelay } from './inference-delay.js';
import { liftedBlock } from './lifted-block.js';
import { GUARDS } from './safety.js';
import type { BlockColor, Scene } from './scene.js';
import type { SimStage } from './stage.js';

export interface AsyncEpisodeOptions {
  /** How a new chunk joins those before it. Default: the scheduler's own. */
  readonly merge?: ChunkSchedulerOptions['merge'];
  /** When the next chunk is asked for. Default: the scheduler's own. */
  readonly trigger?: ChunkSchedulerOptions['trigger'];
  /** Simulated milliseconds that each inference takes. Default 0. */
  readonly delayMs?: number;
  /** Simulated seconds. Default 10. */
  readonly timeLimitS?: number;
}

export interface AsyncEpisodeOutcome {
  readonly picked: BlockColor | null;
  readonly success: boolean;
  /** `picked`, `wrong_block`, `gave_up`, or the code of the VLAError that ended the episode. */
  readonly reason: string;
  readonly run: SchedulerOutcome;
  readonly spans: readonly ChunkSpan[];
  readonly guards: GuardCounts;
}

/**
 * The asynchronous closed loop: the policy looks and infers while the arm moves, until a block is lifted or the time is
 * over. The world, the guards and the judgement are those of the synchronous one.
 */
export async function runAsyncEpisode(
  stage: SimStage,
  engine: JetsonVLAEngine,
  scene: Scene,
  { instruction, target }: PickTask,
  { merge, trigger, delayMs = 0, timeLimitS = 10 }: AsyncEpisodeOptions = {},
): Promise<AsyncEpisodeOutcome> {
  stage.reset(scene);
  const { robot, limits, collision } = stage;
  using executor = new SafeVLAExecutor(robot, {
    limits,
    collision,
    kinematics: collision,
    ...GUARDS,
    audit: false,
    onWarning: stage.onWarning,
  });
  const spans: ChunkSpan[] = [];
  const scheduler = new ChunkScheduler(new InferenceDelay(engine, robot.clock, delayMs), robot, executor, {
    ...(merge && { merge }),
    ...(trigger && { trigger }),
    successCondition: () => liftedBlock(stage) !== null,
    timeLimitMs: timeLimitS * 1000,
    onChunk: (span) => {
      spans.push(span);
    },
  });
  const run = await scheduler.run(instruction);
  const picked = liftedBlock(stage);
  const success = run.reason === undefined && picked !== null && picked === target;
  const ending = picked === null ? 'gave_up' : success ? 'picked' : 'wrong_block';
  return { picked, success, reason: run.reason?.code ?? ending, run, spans, guards: countGuards(spans) };
}
