import type { ControlEpisode, ControlMode } from './control-episode.js';
import { TIME_LIMIT_S } from './control-episode.js';
import { type GuardTotals, sumGuards } from './guard-counts.js';
import { type Interval, wilsonInterval } from './proportion.js';

/** All episodes of one mode at one delay. Times in seconds from the first observation until a block was lifted. */
export interface ControlCell {
  readonly delayMs: number;
  readonly mode: ControlMode;
  readonly episodes: number;
  readonly successes: number;
  readonly successRate: number;
  /** 95 %, Wilson. */
  readonly successInterval: Interval;
  /** Over the episodes that succeeded; null without any. */
  readonly medianS: number | null;
  readonly p90S: number | null;
  readonly meanS: number | null;
  /** Over all episodes, the others counted as the time limit. */
  readonly meanWithFailuresS: number;
  /** Median and mean relative to synchronous control over the scenes in which both succeeded; null without any. */
  readonly medianToSync: number | null;
  readonly meanToSync: number | null;
  /** rad/s³; means over the episodes that succeeded, and the largest. */
  readonly commandedJerk: { readonly mean: number; readonly max: number };
  readonly measuredJerk: { readonly mean: number; readonly max: number };
  /** Longest pauses of the episodes that succeeded, the gripper's actions left out, seconds. */
  readonly worstPauseS: { readonly median: number | null; readonly max: number };
  readonly longestGripS: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly failedSeeds: readonly number[];
  readonly guards: GuardTotals;
}

/**
 * @param episodes of one cell, at least one
 * @param sync those of synchronous control at the same delay; none when it was not measured
 */
export function summariseCell(
  episodes: readonly ControlEpisode[],
  sync: readonly ControlEpisode[],
): ControlCell {
  const [first] = episodes;
  if (first === undefined) throw new Error('expected at least one episode');
  const good = episodes.filter(succeeded);
  const times = good.map(timeOf);
  const reasons: Record<string, number> = {};
  for (const { reason } of episodes) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const syncTime = new Map(sync.filter(succeeded).map((episode) => [episode.seed, timeOf(episode)]));
  const both = good.filter(({ seed }) => syncTime.has(seed));
  const syncTimes = both.map(({ seed }) => syncTime.get(seed) ?? Number.NaN);
  const largest = (of: (episode: ControlEpisode) => number) => Math.max(0, ...good.map(of));
  const average = (of: (episode: ControlEpisode) => number) => mean(good.map(of)) ?? 0;
  return {
    delayMs: first.delayMs,
    mode: first.mode,
    episodes: episodes.length,
    successes: good.length,
    successRate: good.length / episodes.length,
    successInterval: wilsonInterval(good.length, episodes.length),
    medianS: percentile(times, 0.5),
    p90S: percentile(times, 0.9),
    meanS: mean(times),
    meanWithFailuresS: mean([
      ...times,
      ...Array<number>(episodes.length - good.length).fill(TIME_LIMIT_S),
    ]) as number,
    medianToSync: ratio(percentile(both.map(timeOf), 0.5), percentile(syncTimes, 0.5)),
    meanToSync: ratio(mean(both.map(timeOf)), mean(syncTimes)),
    commandedJerk: {
      mean: average(({ motion }) => motion.commandedJerk.mean),
      max: largest(({ motion }) => motion.commandedJerk.max),
    },
    measuredJerk: {
      mean: average(({ motion }) => motion.measuredJerk.mean),
      max: largest(({ motion }) => motion.measuredJerk.max),
    },
    worstPauseS: {
      median: percentile(
        good.map(({ motion }) => motion.worstPauseS),
        0.5,
      ),
      max: largest(({ motion }) => motion.worstPauseS),
    },
    longestGripS: largest(({ motion }) => motion.longestGripS),
    reasons,
    failedSeeds: episodes.filter((episode) => !succeeded(episode)).map(({ seed }) => seed),
    guards: sumGuards(episodes.map(({ guards }) => guards)),
  };
}

/** The cells as a table in Markdown. */
export function controlTable(cells: readonly ControlCell[]): string {
  const percent = (value: number) => (100 * value).toFixed(1);
  const seconds = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const rows = cells.map(
    ({ successInterval: { low, high }, commandedJerk, measuredJerk, worstPauseS, guards, ...cell }) => [
      `${cell.delayMs} ms`,
      cell.mode,
      `${percent(cell.successRate)} % (${percent(low)} … ${percent(high)})`,
      `${seconds(cell.medianS)} / ${seconds(cell.p90S)}`,
      seconds(cell.meanWithFailuresS),
      cell.meanToSync === null ? '–' : cell.meanToSync.toFixed(2),
      `${commandedJerk.mean.toFixed(0)} / ${commandedJerk.max.toFixed(0)}`,
      `${measuredJerk.mean.toFixed(0)} / ${measuredJerk.max.toFixed(0)}`,
      `${seconds(worstPauseS.median)} / ${seconds(worstPauseS.max)}`,
      `${guards.episodesStopped}`,
    ],
  );
  const head = [
    'delay',
    'control',
    'success (95 %)',
    'time, median / p90, s',
    'mean with failures, s',
    'time to sync',
    'commanded jerk, mean / max',
    'measured jerk, mean / max',
    'worst pause, median / max, s',
    'episodes with a false stop',
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function succeeded({ success, motion }: ControlEpisode): boolean {
  return success && motion.liftedAtS !== null;
}

function timeOf({ motion }: ControlEpisode): number {
  return motion.liftedAtS ?? TIME_LIMIT_S;
}

function ratio(value: number | null, reference: number | null): number | null {
  return value === null || reference === null ? null : value / reference;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest rank. */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
