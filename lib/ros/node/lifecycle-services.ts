import type { LifecycleTransition } from '../messages.js';
import type { RosEntity, RosNode } from '../ros-node.js';
import { describe, type Edge, END_EDGES, REQUEST_EDGES, STATE, type StateName } from './lifecycle-states.js';

/** All that rcl_lifecycle registers; it has no edges to create and destroy a node. */
const GRAPH: readonly Edge[] = [...REQUEST_EDGES, ...END_EDGES];

/** The five services of rcl_lifecycle, under the node's name. */
export function serveLifecycle(
  node: RosNode,
  state: () => StateName,
  change: (transition: LifecycleTransition) => Promise<boolean>,
): readonly RosEntity[] {
  return [
    node.serve('lifecycle_msgs/srv/GetState', '~/get_state', async () => ({ current_state: STATE[state()] })),
    node.serve('lifecycle_msgs/srv/ChangeState', '~/change_state', async ({ transition }) => ({
      success: await change(transition),
    })),
    node.serve('lifecycle_msgs/srv/GetAvailableStates', '~/get_available_states', async () => ({
      available_states: Object.values(STATE),
    })),
    node.serve('lifecycle_msgs/srv/GetAvailableTransitions', '~/get_available_transitions', async () => ({
      available_transitions: GRAPH.filter(({ start }) => start === state()).map(describe),
    })),
    node.serve('lifecycle_msgs/srv/GetAvailableTransitions', '~/get_transition_graph', async () => ({
      available_transitions: GRAPH.map(describe),
    })),
  ];
}
