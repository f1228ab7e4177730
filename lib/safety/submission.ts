import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { Verdict } from './decision.js';
import type { Submission } from './guarded-motion.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';
import { reasonError } from './verdict-error.js';

/** A verdict as the caller sees it. */
export function submission(verdict: Verdict, startedAt: number, commandedAt: number | undefined): Submission {
  const { outcome, reasons, waypointsSent, timeScale } = verdict;
  const decisive = reasons.find((reason) => reason.outcome === outcome);
  const harmless = outcome === 'pass' || outcome === 'modify' || decisive === undefined;
  return {
    outcome,
    reasons,
    waypointsSent: commandedAt === undefined ? 0 : waypointsSent,
    timeScale,
    guardMs: performance.now() - startedAt,
    commandedAt,
    ...(!harmless && { error: reasonError(decisive) }),
  };
}

/** The same request, refused: by the time it was judged the motion had gone past where it was to take over. */
export function overtaken(verdict: Verdict, startMs: number): Verdict {
  const reason: SafetyReason = {
    guard: 'checker-health',
    outcome: 'reject',
    kind: 'late',
    message: `the guards took longer than the lead that the motion needed, until ${startMs} ms`,
  };
  return { ...verdict, outcome: 'reject', reasons: [...verdict.reasons, reason], legs: [], waypointsSent: 0 };
}

/** Seconds to brake from a state with every joint at its limits: an estimate, velocity over acceleration and its onset. */
export function brakingTime({ velocities }: JointReference, { limits }: SafetyConfig): number {
  return Math.max(
    0,
    ...velocities.map((velocity, joint) => {
      const { acceleration = Number.NaN, jerk = Number.NaN } = limits[joint] ?? {};
      return velocity === 0 ? 0 : Math.abs(velocity) / acceleration + acceleration / jerk;
    }),
  );
}
