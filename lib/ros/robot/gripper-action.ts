import { VLAError } from '../../errors.js';
import type { ActionGoal, GoalEnd, SendGoalOptions } from '../action-goal.js';
import type { RosNode } from '../ros-node.js';

const SINGLE = 'control_msgs/action/GripperCommand';
const PARALLEL = 'control_msgs/action/ParallelGripperCommand';
const POLL_MS = 50;

/** How a command to the fingers ended. */
export interface GripperEnd {
  readonly end: GoalEnd;
  /** Where the fingers are, in the gripper's unit; NaN when it was not told. */
  readonly position: number;
  readonly stalled: boolean;
  readonly reachedGoal: boolean;
}

export interface GripperGoal {
  readonly ended: Promise<GripperEnd>;
  cancel(timeoutMs: number): Promise<void>;
}

/** Either of the two gripper actions of ROS 2. */
export interface GripperAction {
  available(): boolean;
  send(position: number, maxEffort: number, options: SendGoalOptions): Promise<GripperGoal>;
  dispose(): void;
}

/**
 * A client for the action of this name, of whichever of the two types it has.
 *
 * @param jointName for the command message; a controller of one joint needs none
 * @throws VLAError ROS_TIMEOUT when none is there in time
 */
export async function findGripperAction(
  node: RosNode,
  name: string,
  jointName: string | undefined,
  timeoutMs: number,
): Promise<GripperAction> {
  const fullName = node.resolveTopic(name);
  const until = performance.now() + timeoutMs;
  let action: GripperAction | undefined;
  for (;;) {
    const types = node.actions().find((each) => each.name === fullName)?.types ?? [];
    if (types.includes(PARALLEL)) action ??= parallelGripper(node, name, jointName);
    else if (types.includes(SINGLE)) action ??= singleGripper(node, name);
    if (action?.available()) return action;
    if (performance.now() >= until) {
      action?.dispose();
      throw missing(fullName, types, timeoutMs);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function singleGripper(node: RosNode, name: string): GripperAction {
  const client = node.actionClient(SINGLE, name);
  return {
    available: () => client.available(),
    send: async (position, maxEffort, options) => {
      const goal = await client.send({ command: { position, max_effort: maxEffort } }, options);
      return gripperGoal(goal, ({ position: at, stalled, reached_goal }) => ({
        position: at,
        stalled,
        reachedGoal: reached_goal,
      }));
    },
    dispose: () => client.dispose(),
  };
}

function parallelGripper(node: RosNode, name: string, jointName: string | undefined): GripperAction {
  const client = node.actionClient(PARALLEL, name);
  return {
    available: () => client.available(),
    send: async (position, maxEffort, options) => {
      const command = {
        header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
        name: jointName === undefined ? [] : [jointName],
        position: [position],
        velocity: [],
        // Left out it is the controller's own limit, where 0 would be no effort at all.
        effort: maxEffort > 0 ? [maxEffort] : [],
      };
      const goal = await client.send({ command }, options);
      return gripperGoal(goal, ({ state, stalled, reached_goal }) => ({
        position: state.position[0] ?? Number.NaN,
        stalled,
        reachedGoal: reached_goal,
      }));
    },
    dispose: () => client.dispose(),
  };
}

const UNTOLD: Omit<GripperEnd, 'end'> = { position: Number.NaN, stalled: false, reachedGoal: false };

function gripperGoal<T extends typeof SINGLE | typeof PARALLEL>(
  { ended, cancel }: ActionGoal<T>,
  read: (result: NonNullable<Awaited<ActionGoal<T>['ended']>['result']>) => Omit<GripperEnd, 'end'>,
): GripperGoal {
  return {
    ended: ended.then(({ end, result }) => ({ end, ...(result ? read(result) : UNTOLD) })),
    cancel,
  };
}

function missing(name: string, types: readonly string[], timeoutMs: number): VLAError {
  const found = types.length === 0 ? 'no such action is there' : `it is of type ${types.join(', ')}`;
  return new VLAError('ROS_TIMEOUT', `no gripper action ${name} was found within ${timeoutMs} ms: ${found}`, {
    hint: `It must be of type ${SINGLE} or ${PARALLEL}; see \`ros2 action list -t\`, or run without a gripper.`,
  });
}
