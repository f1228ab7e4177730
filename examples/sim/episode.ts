import { type JetsonVLAEngine, SafeVLAExecutor, type SafeVLAExecutorOptions, VLAError } from 'jetson-vla';
import { GUARDS } from './safety.js';
import type { BlockColor, Scene } from './scene.js';
import type { SimStage } from './stage.js';

/** A block counts as picked when both pads hold it this far above where it stood, metres. */
const LIFTED = 0.05;
/** Half the height of a block, metres: where its centre rests. */
const RESTING = 0.02;
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
  /** Each inference, milliseconds. */
  readonly inferenceMs: readonly number[];
}

export interface EpisodeOptions {
  readonly signal?: AbortSignal;
  readonly maxChunks?: number;
  /** File or sink for the record of all decisions; false, the default, for none. */
  readonly audit?: SafeVLAExecutorOptions['audit'];
}

function liftedBlock({ world }: SimStage): BlockColor | null {
  const held = world.heldBlock();
  if (held === undefined || world.blockPosition(held)[2] < RESTING + LIFTED) return null;
  return world.scene.blocks[held]?.color ?? null;
}

/**
 * The closed loop: look, infer, run the first waypoints of the chunk, look again, until a block is lifted or the
 * chunks run out. Errors end the episode and become its reason.
 */
export async function runEpisode(
  stage: SimStage,
  engine: JetsonVLAEngine,
  scene: Scene,
  task: { readonly instruction: string; readonly target: BlockColor | null },
  { signal, maxChunks = MAX_CHUNKS, audit }: EpisodeOptions = {},
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
  const cancel = signal === undefined ? {} : { signal };
  const inferenceMs: number[] = [];
  let waypoints = 0;
  let fault: VLAError | undefined;
  try {
    while (inferenceMs.length < maxChunks) {
      const chunk = await engine.infer(await robot.camera.capture(), instruction, cancel);
      inferenceMs.push(chunk.timing?.totalMs ?? 0);
      const outcome = await executor.execute(chunk, instruction, cancel);
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
  };
}
