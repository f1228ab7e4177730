import type { Outcome } from '../../../lib/safety/verdict.js';
import type { FoundEscape } from './run-scenario.js';

/** The scenarios `first`, `first + step`, … below `count`, of which the last ends after so many chunks in all. */
export interface ShareRequest {
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly chunks: number;
}

export interface ShareEscape extends FoundEscape {
  readonly scenario: number;
}

/** What came of some scenarios: plain data. */
export interface Share {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly commands: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly escapes: readonly ShareEscape[];
}

/** What a worker tells: what came of its scenarios so far, or of all of them. */
export interface ShareMessage {
  readonly share: Share;
  readonly whole: boolean;
}

export function chunksOf({ outcomes }: Share): number {
  return Object.values(outcomes).reduce((sum, each) => sum + each, 0);
}

export function emptyShare(): Share {
  return {
    outcomes: { pass: 0, modify: 0, truncate: 0, reject: 0, stop: 0 },
    commands: 0,
    reasons: {},
    escapes: [],
  };
}

export function addShare(one: Share, other: Share): Share {
  const reasons: Record<string, number> = { ...one.reasons };
  for (const [name, count] of Object.entries(other.reasons)) reasons[name] = (reasons[name] ?? 0) + count;
  const sum = (outcome: Outcome) => one.outcomes[outcome] + other.outcomes[outcome];
  return {
    outcomes: {
      pass: sum('pass'),
      modify: sum('modify'),
      truncate: sum('truncate'),
      reject: sum('reject'),
      stop: sum('stop'),
    },
    commands: one.commands + other.commands,
    reasons,
    escapes: [...one.escapes, ...other.escapes].sort((a, b) => a.scenario - b.scenario || a.chunk - b.chunk),
  };
}
