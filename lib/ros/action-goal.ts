import { randomUUID } from 'node:crypto';
import { VLAError } from '../errors.js';
import type { Actions, ActionType } from './messages.js';
import { GOAL_STATUS, type RclActionClient, type RclClientGoal } from './rcl.js';

export interface SendGoalOptions {
  /** For the server to accept or refuse, milliseconds. */
  readonly timeoutMs: number;
}

export type GoalEnd = 'succeeded' | 'canceled' | 'aborted' | 'unknown';

/** A goal that an action server has accepted. */
export interface ActionGoal<T extends ActionType> {
  /** Ours, for logs. */
  readonly id: string;
  /** Settles when the goal has ended; never when the server died: race it against something. Does not reject. */
  readonly ended: Promise<{ readonly end: GoalEnd; readonly result: Actions[T]['result'] | undefined }>;
  /** @throws VLAError ROS_TIMEOUT */
  cancel(timeoutMs: number): Promise<void>;
}

/**
 * Sends a goal and resolves once it was accepted.
 *
 * @throws VLAError ROS_TIMEOUT when no answer comes in time, ROS_GOAL_REJECTED when the server refuses
 */
export async function sendActionGoal<T extends ActionType>(
  client: RclActionClient,
  name: string,
  goal: Actions[T]['goal'],
  { timeoutMs, validate }: SendGoalOptions & { readonly validate: boolean },
  report: (error: unknown) => void,
): Promise<ActionGoal<T>> {
  const accepted = client.sendGoal(goal, undefined, undefined, { validate });
  const handle = await inTime(accepted, timeoutMs, () => {
    // Accepted too late it would run although its sender has given up.
    accepted.then((late) => late.isAccepted() && late.cancelGoal()).catch(report);
    return new VLAError('ROS_TIMEOUT', `${name} did not answer a goal within ${timeoutMs} ms`, {
      hint: 'Is the controller active? See `ros2 control list_controllers` and `jetson-vla ros doctor`.',
    });
  });
  if (!handle.isAccepted())
    throw new VLAError('ROS_GOAL_REJECTED', `${name} refused a goal`, {
      hint: 'Its log says why: joint names, limits, an inactive controller, or a goal that must end first.',
    });
  return {
    id: randomUUID(),
    ended: outcome<T>(handle),
    cancel: async (cancelTimeoutMs) => {
      await inTime(
        handle.cancelGoal(),
        cancelTimeoutMs,
        () =>
          new VLAError('ROS_TIMEOUT', `${name} did not answer a cancellation within ${cancelTimeoutMs} ms`),
      );
    },
  };
}

async function outcome<T extends ActionType>(handle: RclClientGoal): ActionGoal<T>['ended'] {
  try {
    const result = (await handle.getResult()) as Actions[T]['result'];
    return { end: goalEnd(handle.status), result };
  } catch {
    return { end: 'unknown', result: undefined };
  }
}

function goalEnd(status: number): GoalEnd {
  switch (status) {
    case GOAL_STATUS.succeeded:
      return 'succeeded';
    case GOAL_STATUS.canceled:
      return 'canceled';
    case GOAL_STATUS.aborted:
      return 'aborted';
    default:
      return 'unknown';
  }
}

async function inTime<R>(work: Promise<R>, timeoutMs: number, late: () => VLAError): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
