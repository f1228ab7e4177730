import type { LifecycleState, LifecycleTransition, TransitionDescription } from '../messages.js';

/** States of a managed node, with the ids of lifecycle_msgs/msg/State. */
export const STATE = {
  unknown: { id: 0, label: 'unknown' },
  unconfigured: { id: 1, label: 'unconfigured' },
  inactive: { id: 2, label: 'inactive' },
  active: { id: 3, label: 'active' },
  finalized: { id: 4, label: 'finalized' },
  configuring: { id: 10, label: 'configuring' },
  cleaningup: { id: 11, label: 'cleaningup' },
  shuttingdown: { id: 12, label: 'shuttingdown' },
  activating: { id: 13, label: 'activating' },
  deactivating: { id: 14, label: 'deactivating' },
  errorprocessing: { id: 15, label: 'errorprocessing' },
} as const satisfies Record<string, LifecycleState>;

export type StateName = keyof typeof STATE;

/** What a user asks of a managed node. */
export type TransitionName = 'configure' | 'cleanup' | 'activate' | 'deactivate' | 'shutdown';
/** How the work of a transition ended. */
export type TransitionEnd = 'success' | 'failure' | 'error';

/** The labels of rcl_lifecycle: the three shutdowns share one, as do the ends of all transitions. */
const END_LABEL: Record<TransitionEnd, string> = {
  success: 'transition_success',
  failure: 'transition_failure',
  error: 'transition_error',
};

/** One edge of the state machine. */
export interface Edge {
  readonly transition: LifecycleTransition;
  readonly start: StateName;
  readonly goal: StateName;
}

export interface RequestEdge extends Edge {
  readonly name: TransitionName;
}

export interface EndEdge extends Edge {
  readonly end: TransitionEnd;
}

/** Edges that a user may ask for. */
export const REQUEST_EDGES: readonly RequestEdge[] = [
  request('configure', 1, 'unconfigured', 'configuring'),
  request('cleanup', 2, 'inactive', 'cleaningup'),
  request('activate', 3, 'inactive', 'activating'),
  request('deactivate', 4, 'active', 'deactivating'),
  request('shutdown', 5, 'unconfigured', 'shuttingdown'),
  request('shutdown', 6, 'inactive', 'shuttingdown'),
  request('shutdown', 7, 'active', 'shuttingdown'),
];

/** Edges that the node takes by itself when the work of a transition has ended. */
export const END_EDGES: readonly EndEdge[] = [
  ...ends(10, 'configuring', { success: 'inactive', failure: 'unconfigured', error: 'errorprocessing' }),
  ...ends(20, 'cleaningup', { success: 'unconfigured', failure: 'inactive', error: 'errorprocessing' }),
  ...ends(30, 'activating', { success: 'active', failure: 'inactive', error: 'errorprocessing' }),
  ...ends(40, 'deactivating', { success: 'inactive', failure: 'active', error: 'errorprocessing' }),
  ...ends(50, 'shuttingdown', { success: 'finalized', failure: 'finalized', error: 'errorprocessing' }),
  ...ends(60, 'errorprocessing', { success: 'unconfigured', failure: 'finalized', error: 'finalized' }),
];

export function endEdge(start: StateName, end: TransitionEnd): EndEdge | undefined {
  return END_EDGES.find((edge) => edge.start === start && edge.end === end);
}

export function describe({ transition, start, goal }: Edge): TransitionDescription {
  return { transition, start_state: STATE[start], goal_state: STATE[goal] };
}

function request(name: TransitionName, id: number, start: StateName, goal: StateName): RequestEdge {
  return { name, transition: { id, label: name }, start, goal };
}

function ends(firstId: number, start: StateName, goals: Record<TransitionEnd, StateName>): EndEdge[] {
  const order: readonly TransitionEnd[] = ['success', 'failure', 'error'];
  return order.map((end, place) => ({
    end,
    transition: { id: firstId + place, label: END_LABEL[end] },
    start,
    goal: goals[end],
  }));
}
