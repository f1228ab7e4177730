/** The guards. Which looks at what, and when, is in guard-pipeline.ts and tick-verdict.ts. */
export const GUARD_NAMES = [
  'latch',
  'audit',
  'watchdog',
  'robot',
  'structure',
  'observation',
  'chunk-age',
  'start-continuity',
  'position-limits',
  'gripper',
  'dynamics',
  'workspace',
  'collision',
  'checker-health',
  'distance',
  'tracking',
] as const;

export type GuardName = (typeof GUARD_NAMES)[number];

/**
 * What became of a chunk, from best to worst. `pass`: sent bit for bit. `modify`: sent, changed as the reasons say.
 * `truncate`: its verified first part was sent and ends at rest. `reject`: nothing was sent, the motion before it runs
 * to its own end, which is at rest. `stop`: the robot brakes along its path, holds, and is latched until a reset.
 */
export const OUTCOMES = ['pass', 'modify', 'truncate', 'reject', 'stop'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Why a guard did something: for programs, so that none has to read the text. */
export interface SafetyReason {
  readonly guard: GuardName;
  readonly outcome: Exclude<Outcome, 'pass'>;
  /** What was wrong, in kebab-case: one of the guard's own documented words. */
  readonly kind: string;
  /** One sentence for people: what was expected, what came, where. */
  readonly message: string;
  /** Index of the waypoint in its chunk. */
  readonly waypoint?: number;
  /** Name of the joint, in the robot's words. */
  readonly joint?: string;
  /** What came and what is allowed, in the unit that the kind implies (rad, rad/s …, m, ms). */
  readonly value?: number;
  readonly limit?: number;
}

/** The worse of two outcomes. */
export function worse(one: Outcome, other: Outcome): Outcome {
  return OUTCOMES.indexOf(one) >= OUTCOMES.indexOf(other) ? one : other;
}
