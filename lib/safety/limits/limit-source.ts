import { VLAError } from '../../errors.js';

/** What can be limited, in the order in which it is printed. */
export const LIMIT_QUANTITIES = ['min', 'max', 'velocity', 'acceleration', 'jerk'] as const;

export type LimitQuantity = (typeof LIMIT_QUANTITIES)[number];

/** `rad` for a turning joint, `m` for a sliding one. */
export type JointUnit = 'rad' | 'm';

/** One value that one place states for one joint. */
export interface LimitStatement {
  readonly joint: string;
  readonly quantity: LimitQuantity;
  /** rad, rad/s, rad/s², rad/s³; m instead of rad for a sliding joint. */
  readonly value: number;
  /** Where it stands, for people: `robot.urdf: <limit upper>`. */
  readonly source: string;
}

/** All that one source (a URDF, a joint_limits.yaml, a policy) says about limits. Every value is finite. */
export interface LimitSource {
  /** The name of the source, for people: `robot.urdf`. */
  readonly source: string;
  /** Every joint that the source mentions, limited or not. */
  readonly jointNames: readonly string[];
  readonly statements: readonly LimitStatement[];
  /** Joints that turn without end, as the source says. */
  readonly continuous: readonly string[];
  /** Values that the source states and switches off: they limit nothing. */
  readonly switchedOff: readonly LimitStatement[];
  /** Units of joints, where the source tells them. */
  readonly units: ReadonlyMap<string, JointUnit>;
}

/** Of two values for one quantity, whether the first allows less. */
export function isTighter(quantity: LimitQuantity, value: number, other: number): boolean {
  return quantity === 'min' ? value > other : value < other;
}

/** A finding and what to do about it. */
export interface LimitProblem {
  readonly message: string;
  readonly hint: string;
}

/** One LIMITS_INVALID for everything that is wrong: a line per problem, every hint once. */
export function limitsInvalid(problems: readonly LimitProblem[], cause?: unknown): VLAError {
  const hints = new Set(problems.map(({ hint }) => hint));
  return new VLAError('LIMITS_INVALID', problems.map(({ message }) => message).join('\n'), {
    hint: [...hints].join(' '),
    ...(cause !== undefined && { cause }),
  });
}

/** A text as it stands in a file, cut to a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
