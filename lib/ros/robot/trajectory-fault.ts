import { VLAError } from '../../errors.js';
import type { GoalEnd } from '../action-goal.js';
import type { FollowJointTrajectoryResult } from '../messages.js';

/** Of control_msgs/action/FollowJointTrajectory. */
const ERROR_NAMES: Readonly<Record<number, string>> = {
  [-1]: 'INVALID_GOAL',
  [-2]: 'INVALID_JOINTS',
  [-3]: 'OLD_HEADER_TIMESTAMP',
  [-4]: 'PATH_TOLERANCE_VIOLATED',
  [-5]: 'GOAL_TOLERANCE_VIOLATED',
};

const HINTS: Readonly<Record<number, string>> = {
  [-3]: 'Compare the clocks of both machines: `jetson-vla ros doctor`.',
  [-4]: 'Something holds a joint up, or the path tolerance is tighter than the arm can follow.',
  [-5]: 'Something holds a joint up, or the goal tolerance is tighter than the arm can hold.',
};

/** Why the newest goal ended before its time. */
export function trajectoryFault(
  action: string,
  end: GoalEnd,
  result: FollowJointTrajectoryResult | undefined,
): VLAError {
  if (end === 'canceled')
    return new VLAError('ROBOT_FAILED', `${action} canceled the motion, and not for us${reason(result)}`, {
      hint: 'Another node sends goals to this controller, or it was switched off.',
    });
  if (end === 'unknown')
    return new VLAError('ROBOT_FAILED', `${action} no longer knows the motion that it had accepted`, {
      hint: 'Was the controller started anew?',
    });
  return new VLAError('ROBOT_FAILED', `${action} ended the motion${reason(result)}`, {
    hint: HINTS[result?.error_code ?? 0] ?? 'The log of the controller says why.',
  });
}

function reason(result: FollowJointTrajectoryResult | undefined): string {
  const { error_code = 0, error_string = '' } = result ?? {};
  const name = error_code === 0 ? '' : `${ERROR_NAMES[error_code] ?? 'an error of its own'} (${error_code})`;
  const said = [name, error_string].filter((part) => part !== '').join(', ');
  return said === '' ? '' : `: ${said}`;
}
