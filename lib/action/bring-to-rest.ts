import { VLAError } from '../errors.js';
import { FixedRate } from '../robot/fixed-rate.js';
import type { Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';
import type { GuardedMotion } from '../safety/guarded-motion.js';

export interface BringToRestOptions {
  readonly rateHz: number;
  /** Longest time to rest, milliseconds on the robot's clock. */
  readonly timeoutMs: number;
  /** The safe side has stopped the robot by itself: there is only its rest to wait for. */
  readonly latched: boolean;
  /** Why it is braking: kept as a cause of what goes wrong now. */
  readonly after?: VLAError;
}

/**
 * Brakes along the path and waits until the robot is at rest. A safe side that fails or takes too long is not relied
 * on any further: the robot is stopped by its own means.
 *
 * @throws VLAError ROBOT_FAILED when that was needed, or when even that failed
 */
export async function bringToRest(
  motion: GuardedMotion,
  robot: Robot,
  { rateHz, timeoutMs, latched, after }: BringToRestOptions,
): Promise<void> {
  const over = new AbortController();
  try {
    await withTimeout('braking', robot.clock, timeoutMs, async () => {
      if (!latched) await motion.slowTo(0);
      const rate = new FixedRate(robot.clock, rateHz);
      do await rate.next(over.signal);
      while ((await motion.tick()).moving);
    });
  } catch (error) {
    throw await stopped(after === undefined ? [error] : [after, error], robot, timeoutMs);
  } finally {
    over.abort();
  }
}

async function stopped(causes: readonly unknown[], robot: Robot, timeoutMs: number): Promise<VLAError> {
  const text = causes
    .map((cause) => (cause instanceof Error ? cause.message : String(cause)))
    .join('; then ');
  try {
    await withTimeout('stopping the robot', robot.clock, timeoutMs, () => robot.stop());
    return new VLAError('ROBOT_FAILED', `the robot had to be stopped by its own means: ${text}`, {
      cause: new AggregateError(causes),
    });
  } catch (stopError) {
    return new VLAError('ROBOT_FAILED', `the robot could not be stopped after: ${text}`, {
      hint: 'Treat the robot as moving: use its own emergency stop.',
      cause: new AggregateError([...causes, stopError]),
    });
  }
}
