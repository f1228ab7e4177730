import { GOAL_STATUS } from '../../../../lib/ros/rcl.js';

export type GoalEvent = 'execute' | 'cancel' | 'succeed' | 'abort' | 'canceled';

const { accepted, executing, canceling, succeeded, canceled, aborted } = GOAL_STATUS;

const TRANSITIONS: Readonly<Record<number, Partial<Record<GoalEvent, number>>>> = {
  [accepted]: { execute: executing, cancel: canceling },
  [executing]: { cancel: canceling, succeed: succeeded, abort: aborted },
  [canceling]: { succeed: succeeded, abort: aborted, canceled },
};

/** The state machine of ROS 2 actions. @throws Error for a transition that it does not have */
export function nextStatus(status: number, event: GoalEvent): number {
  const next = TRANSITIONS[status]?.[event];
  if (next === undefined)
    throw new Error(`goal_handle attempted invalid transition from state ${status} with ${event}`);
  return next;
}

/** May still be cancelled. */
export function isCancelable(status: number): boolean {
  return status === accepted || status === executing;
}

export function isActive(status: number): boolean {
  return isCancelable(status) || status === canceling;
}
