import { VLAError } from '../errors.js';
import type { Clock } from './robot.js';

/**
 * The result of `work`, unless the robot's clock runs `timeoutMs` on before that.
 *
 * @throws VLAError ROBOT_FAILED when the time is over; whatever `work` throws
 */
export async function withTimeout<T>(
  doing: string,
  clock: Clock,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = clock.sleep(timeoutMs, over.signal).then(
    () => {
      throw new VLAError('ROBOT_FAILED', `${doing} took more than ${timeoutMs} ms`, {
        hint: "The robot's driver does not answer; check its connection.",
      });
    },
    // The work was done in time and has cancelled the timer; never settles, so the race is the work's.
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(), timer]);
  } finally {
    over.abort();
  }
}
