import type { Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';
import type { GuardedMotion, MotionRequest, Submission } from '../safety/guarded-motion.js';

/**
 * Submits a request. One that is answered too late would start a motion that nobody watches any more, so the robot is
 * stopped when it is.
 *
 * @throws VLAError ROBOT_FAILED without an answer in time; whatever the motion throws
 */
export async function submitInTime(
  motion: GuardedMotion,
  robot: Robot,
  request: MotionRequest,
  timeoutMs: number,
): Promise<Submission> {
  let pending = true;
  const judged = motion.submit(request).finally(() => {
    pending = false;
  });
  try {
    return await withTimeout('judging a chunk', robot.clock, timeoutMs, () => judged);
  } catch (error) {
    // Nobody is left to hear that even this stop failed.
    if (pending) judged.then(() => robot.stop()).catch(() => {});
    throw error;
  }
}
