import type { Outcome, SafetyReason } from 'jetson-vla';

/** What the guards did to the chunks of an episode, or of many. */
export interface GuardCounts {
  readonly chunks: number;
  readonly modified: number;
  readonly truncated: number;
  readonly rejected: number;
  readonly stopped: number;
  /** Chunks by `guard/kind` of whatever was done to them. */
  readonly kinds: Readonly<Record<string, number>>;
}

interface JudgedChunk {
  readonly outcome: Outcome;
  readonly reasons: readonly SafetyReason[];
}

export function countGuards(judged: readonly JudgedChunk[]): GuardCounts {
  const count = (wanted: Outcome) => judged.filter(({ outcome }) => outcome === wanted).length;
  const kinds: Record<string, number> = {};
  for (const { reasons } of judged)
    for (const name of new Set(reasons.map(({ guard, kind }) => `${guard}/${kind}`)))
      kinds[name] = (kinds[name] ?? 0) + 1;
  return {
    chunks: judged.length,
    modified: count('modify'),
    truncated: count('truncate'),
    rejected: count('reject'),
    stopped: count('stop'),
    kinds,
  };
}

/** Whether a guard cut, refused or stopped anything: with nothing wrong, a false stop. */
export function interfered({ truncated, rejected, stopped }: GuardCounts): boolean {
  return truncated + rejected + stopped > 0;
}

export interface GuardTotals extends GuardCounts {
  /** Episodes with a chunk that was cut, refused or stopped. */
  readonly episodesStopped: number;
}

export function sumGuards(counts: readonly GuardCounts[]): GuardTotals {
  const kinds: Record<string, number> = {};
  for (const each of counts)
    for (const [name, count] of Object.entries(each.kinds)) kinds[name] = (kinds[name] ?? 0) + count;
  const sum = (of: (counts: GuardCounts) => number) => counts.reduce((total, each) => total + of(each), 0);
  return {
    chunks: sum(({ chunks }) => chunks),
    modified: sum(({ modified }) => modified),
    truncated: sum(({ truncated }) => truncated),
    rejected: sum(({ rejected }) => rejected),
    stopped: sum(({ stopped }) => stopped),
    kinds,
    episodesStopped: counts.filter(interfered).length,
  };
}

/** One line for people. */
export function describeGuards(totals: GuardTotals, episodes: number): string {
  const { chunks, modified, truncated, rejected, stopped, kinds, episodesStopped } = totals;
  return (
    `guards: ${episodesStopped} of ${episodes} episodes, ${truncated + rejected + stopped} of ${chunks} chunks cut, ` +
    `refused or stopped; ${modified} modified ${JSON.stringify(kinds)}`
  );
}
