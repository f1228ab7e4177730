import type { Actions, ActionType } from '../../lib/ros/messages.js';
import type { RclServerGoal } from '../../lib/ros/rcl.js';
import type { RosEntity, RosNode } from '../../lib/ros/ros-node.js';

/** A goal that a server of ours has accepted. */
export interface ServedGoal<T extends ActionType> {
  readonly request: Actions[T]['goal'];
  feedback(message: object): void;
  /** The first call counts. */
  end(how: 'succeeded' | 'canceled' | 'aborted', result: Actions[T]['result']): void;
}

export interface GoalHandlers<T extends ActionType> {
  /** Why the goal is refused; undefined when it is not. */
  refuses(goal: Actions[T]['goal']): string | undefined;
  start(goal: ServedGoal<T>): void;
  /** Whether the goal may be cancelled; if so, it is ended by the handler as `canceled`. */
  cancel(goal: ServedGoal<T>): boolean;
}

/** rclnodejs keeps results for those who ask late; its default is a quarter of an hour. */
const KEEP_RESULTS_S = 30;
/** How often a goal that waits to be `canceled` looks whether ROS knows that it is being cancelled, ms. */
const CANCEL_POLL_MS = 2;

/** An action server whose handlers may throw, and end goals whenever they like. */
export function actionServer<T extends ActionType>(
  node: RosNode,
  type: T,
  name: string,
  handlers: GoalHandlers<T>,
): RosEntity {
  const { GoalResponse, CancelResponse, ActionServer } = node.rcl;
  const served = new WeakMap<RclServerGoal, ServedGoal<T>>();
  const guarded = <R>(otherwise: R, work: () => R): R => {
    try {
      return work();
    } catch (error) {
      node.log.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return otherwise;
    }
  };
  let disposed = false;
  const server = new ActionServer(
    node.raw,
    type,
    name,
    (handle) =>
      new Promise<object>((resolve) => {
        const goal = servedGoal<T>(handle, () => disposed, resolve);
        served.set(handle, goal);
        guarded(undefined, () => handlers.start(goal));
      }),
    (request) =>
      guarded(GoalResponse.REJECT, () => {
        // The type's name is what rclnodejs made the request from.
        const reason = handlers.refuses(request as Actions[T]['goal']);
        if (reason === undefined) return GoalResponse.ACCEPT;
        node.log.warn(`${name} refuses a goal: ${reason}`);
        return GoalResponse.REJECT;
      }),
    (handle) => handle.execute(),
    (handle) =>
      guarded(CancelResponse.REJECT, () => {
        const goal = served.get(handle);
        if (goal === undefined || !handlers.cancel(goal)) return CancelResponse.REJECT;
        node.log.info(`${name}: a goal is cancelled`);
        return CancelResponse.ACCEPT;
      }),
    { resultTimeout: KEEP_RESULTS_S },
  );
  return {
    name: node.resolveTopic(name),
    dispose: () => {
      if (disposed) return;
      disposed = true;
      server.destroy();
    },
  };
}

function servedGoal<T extends ActionType>(
  handle: RclServerGoal,
  gone: () => boolean,
  resolve: (result: object) => void,
): ServedGoal<T> {
  let over = false;
  return {
    request: handle.request.toPlainObject() as Actions[T]['goal'],
    feedback: (message) => {
      if (!over && !gone() && !handle.isCancelRequested) handle.publishFeedback(message);
    },
    end: (how, result) => {
      if (over) return;
      over = true;
      void settle(handle, how, gone).then((told) => told && resolve(result));
    },
  };
}

/** False when there is no server any more that could tell. */
async function settle(handle: RclServerGoal, how: string, gone: () => boolean): Promise<boolean> {
  // A cancellation that was just accepted is not yet known to ROS, which refuses `canceled` until then.
  while (how === 'canceled' && !gone() && handle.isActive && !handle.isCancelRequested)
    await new Promise((resolve) => setTimeout(resolve, CANCEL_POLL_MS));
  if (gone()) return false;
  if (!handle.isActive) return true;
  if (how === 'succeeded') handle.succeed();
  else if (how === 'canceled') handle.canceled();
  else handle.abort();
  return true;
}
