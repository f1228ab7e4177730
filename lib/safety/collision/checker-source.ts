import { VLAError } from '../../errors.js';
import type { FieldFailure } from './clearance-field.js';
import type { Clearance, Clearances, CollisionChecker } from './collision-checker.js';

/** What a checker said, or how it failed: plain data without infinities, so that it survives JSON. */
export type CheckerAnswer = Clearances | { readonly failure: FieldFailure };

/** A checker that always answers in time and in form. What a sweep takes its answers from, live or replayed. */
export interface CheckerSource {
  readonly reach: readonly number[];
  ask(joints: readonly number[], gripper: number | undefined): CheckerAnswer | Promise<CheckerAnswer>;
}

export interface CheckerSourceOptions {
  /** Wall clock that all answers together may take, from the making of the source, ms. Default 50. */
  readonly budgetMs?: number;
  /** Distance that stands for Infinity, m. Default 0.1, the slowDistance from which a checker may give Infinity. */
  readonly slowDistance?: number;
  /** Monotonic wall clock, ms. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Asks a live checker for one judgement: what it throws, garbage and lateness become answers. One that computes
 * without end inside a call cannot be interrupted from here; the watchdog sees that.
 *
 * Failure kinds: `checker-threw`, `checker-invalid`, `checker-timeout`.
 *
 * @throws VLAError INVALID_ARGUMENT
 */
export function checkerSource(checker: CollisionChecker, options: CheckerSourceOptions = {}): CheckerSource {
  const { budgetMs = 50, slowDistance = 0.1, now = () => performance.now() } = options;
  if (!(budgetMs > 0 && budgetMs < 2 ** 31))
    throw new VLAError('INVALID_ARGUMENT', `budgetMs must be above 0 and below 2³¹ ms, got ${budgetMs}`);
  if (!(slowDistance > 0 && Number.isFinite(slowDistance)))
    throw new VLAError('INVALID_ARGUMENT', `slowDistance must be above 0 m, got ${slowDistance}`);
  const deadline = now() + budgetMs;
  const late: CheckerAnswer = {
    failure: {
      kind: 'checker-timeout',
      message: `the collision checker did not answer all questions within ${budgetMs} ms`,
    },
  };
  const inTime = (answer: unknown) => (now() > deadline ? late : checked(answer, slowDistance));

  return {
    reach: checker.reach,
    ask(joints, gripper) {
      if (now() > deadline) return late;
      try {
        // A copy, so that a checker that works in place cannot change what is sent.
        const answer = checker.clearances([...joints], gripper);
        if (!isThenable(answer)) return inTime(answer);
        return beforeDeadline(Promise.resolve(answer), deadline - now(), late).then(inTime, threw);
      } catch (error) {
        return threw(error);
      }
    },
  };
}

/** Resolves to `late` once `ms` have passed; a promise that settles after that is let go, whatever it brings. */
async function beforeDeadline<T, L>(answer: Promise<T>, ms: number, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, ms));
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function threw(error: unknown): CheckerAnswer {
  const text = error instanceof Error ? error.message : String(error);
  return { failure: { kind: 'checker-threw', message: `the collision checker threw: ${text}` } };
}

function checked(answer: unknown, far: number): CheckerAnswer {
  if (typeof answer !== 'object' || answer === null) return invalid('clearances', answer);
  if ('failure' in answer && isFailure(answer.failure)) return { failure: answer.failure };
  const environment = 'environment' in answer ? clearanceOf(answer.environment, far) : undefined;
  if (!environment) return invalid('environment', 'environment' in answer ? answer.environment : undefined);
  const self = 'self' in answer ? clearanceOf(answer.self, far) : undefined;
  if (!self) return invalid('self', 'self' in answer ? answer.self : undefined);
  return { environment, self };
}

function isFailure(value: unknown): value is FieldFailure {
  return typeof value === 'object' && value !== null && 'kind' in value && 'message' in value;
}

function clearanceOf(value: unknown, far: number): Clearance | undefined {
  if (typeof value !== 'object' || value === null || !('distance' in value)) return undefined;
  const { distance } = value;
  if (typeof distance !== 'number' || Number.isNaN(distance) || distance === Number.NEGATIVE_INFINITY)
    return undefined;
  const name = (key: 'a' | 'b'): string => {
    const given = key in value ? Reflect.get(value, key) : '';
    return typeof given === 'string' ? given : '';
  };
  return { distance: distance === Number.POSITIVE_INFINITY ? far : distance, a: name('a'), b: name('b') };
}

function invalid(field: string, value: unknown): CheckerAnswer {
  const got = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return {
    failure: {
      kind: 'checker-invalid',
      message: `expected ${field} with a distance in m from the collision checker, got ${got}`,
    },
  };
}
