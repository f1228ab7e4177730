import type { JetsonVLAEngine } from 'jetson-vla';
import { runAsyncEpisode } from './async-episode.js';
import { CONDITIONS } from './conditions.js';
import { runEpisode } from './episode.js';
import type { GuardCounts } from './guard-counts.js';
import { type MotionFigures, MotionRecord } from './motion-record.js';
import { createScene } from './scene.js';
import { SimStage } from './stage.js';

/** Synchronous control, and asynchronous control by the way chunks are merged. */
export const CONTROL_MODES = [
  'sync',
  'replace',
  'weightedAverage',
  'average',
  'conservative',
  'ensemble',
  'fusion',
] as const;

export type ControlMode = (typeof CONTROL_MODES)[number];

/** Simulated seconds, the same for every mode. */
export const TIME_LIMIT_S = 20;

export interface ControlTask {
  readonly seed: number;
  readonly delayMs: number;
  readonly mode: ControlMode;
}

export interface ControlEpisode extends ControlTask {
  readonly success: boolean;
  readonly reason: string;
  readonly motion: MotionFigures;
  readonly guards: GuardCounts;
}

/** One episode: the first block of the scene is asked for by its colour. */
export async function runControlEpisode(
  engine: JetsonVLAEngine,
  { seed, delayMs, mode }: ControlTask,
): Promise<ControlEpisode> {
  let record: MotionRecord | undefined;
  using stage = new SimStage({ onStep: () => record?.onStep() });
  const { scene, task } = CONDITIONS.named.prepare(createScene(seed));
  const limits = { delayMs, timeLimitS: TIME_LIMIT_S };
  record = new MotionRecord(stage);
  const { success, reason, guards } =
    mode === 'sync'
      ? await runEpisode(stage, engine, scene, task, { ...limits, maxChunks: Number.POSITIVE_INFINITY })
      : await runAsyncEpisode(stage, engine, scene, task, { ...limits, merge: mode });
  return { seed, delayMs, mode, success, reason, guards, motion: record.figures };
}
