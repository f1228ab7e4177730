import { VLAError } from '../../errors.js';
import type { Robot } from '../../robot/robot.js';
import { settlesWithin } from '../robot/in-time.js';
import type { TaskFollower } from './task.js';

/**
 * Ends what the follower does, in real time: the clock of a simulation may stand still, and with it every limit of
 * time on it. A robot that is not at rest then is stopped by its own means.
 *
 * @param robot undefined for a follower that moves none
 * @throws VLAError ROBOT_FAILED when that was needed, or when the follower says so
 */
export async function comeToRest(
  follower: TaskFollower,
  robot: Robot | undefined,
  timeoutMs: number,
): Promise<void> {
  const stopped = follower.stop();
  if (await settlesWithin(stopped, timeoutMs)) return await stopped;
  await robot?.stop();
  throw new VLAError(
    'ROBOT_FAILED',
    `the instruction did not end within ${timeoutMs} ms, so all motion was cancelled`,
    {
      hint: 'With use_sim_time: does /clock still move on?',
    },
  );
}
