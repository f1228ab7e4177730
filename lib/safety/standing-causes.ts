import type { Robot } from '../robot/robot.js';
import type { AuditTrail } from './audit/audit-trail.js';
import { checkerSource } from './collision/checker-source.js';
import type { CollisionChecker } from './collision/collision-checker.js';
import { checkJointAge } from './guards/observation.js';
import { isAtRest, measuredState } from './measured-state.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';
import type { MotionWatchdog } from './watchdog/motion-watchdog.js';

interface Witnesses {
  readonly audit: AuditTrail;
  readonly watchdog: MotionWatchdog | undefined;
  readonly collision: CollisionChecker | undefined;
  readonly robotTimeoutMs: number;
  /** Whether a motion that was sent is still under way. */
  readonly braking: boolean;
}

/** What speaks against a reset now: the cause of the stop may be gone, but so must every other one be. */
export async function standingCauses(
  robot: Robot,
  config: SafetyConfig,
  { audit, watchdog, collision, robotTimeoutMs, braking }: Witnesses,
): Promise<readonly SafetyReason[]> {
  const causes: SafetyReason[] = [];
  const stands = (guard: SafetyReason['guard'], kind: string, message: string) =>
    causes.push({ guard, outcome: 'stop', kind, message });

  if (watchdog?.tripped !== undefined) stands('watchdog', 'tripped', watchdog.tripped.message);
  // Braking may be slower than what a measurement tells from rest.
  if (braking) stands('robot', 'in-motion', 'the robot still moves: it is braking');
  try {
    const { positions, velocities, stamp } = await measuredState(robot, robotTimeoutMs);
    const [unseen] = checkJointAge(robot.clock.now(), stamp, config);
    const fits = positions.length === config.limits.length && positions.every(Number.isFinite);
    // What was measured then says neither where the robot is now nor whether it rests.
    if (unseen !== undefined) stands('robot', unseen.kind, unseen.message);
    else if (!fits) stands('robot', 'joint-state', `the measured joints are [${positions.join(', ')}]`);
    else if (!isAtRest(velocities))
      stands('robot', 'in-motion', `the robot still moves, at [${velocities.join(', ')}] rad/s`);
    else if (collision !== undefined) {
      const answer = await checkerSource(collision, {
        budgetMs: config.collisionBudgetMs,
        slowDistance: config.slowDistance,
      }).ask(positions, undefined);
      if ('failure' in answer) stands('checker-health', answer.failure.kind, answer.failure.message);
      else
        for (const { distance, a, b } of [answer.environment, answer.self])
          if (distance <= 0) stands('collision', 'contact', `${a} touches ${b}`);
    }
  } catch (error) {
    stands('robot', 'failed', text(error));
  }
  // Last, so that the record tells of resets that took place.
  if (causes.length > 0) return causes;
  try {
    const record = () => audit.append('reset', { atMs: robot.clock.now() }, true);
    const failed = record();
    if (failed !== undefined) audit.reopen();
    const again = failed && record();
    if (again !== undefined) throw again;
  } catch (error) {
    stands('audit', 'failed', `the reset cannot be recorded: ${text(error)}`);
  }
  return causes;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
