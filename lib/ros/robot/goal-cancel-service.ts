import { VLAError } from '../../errors.js';
import type { RosNode, ServiceClient } from '../ros-node.js';

const ID_BYTES = 16;
const AT_ANY_TIME = { sec: 0, nanosec: 0 };
/** Of action_msgs/srv/CancelGoal. */
const REJECTED = 1;

/** The cancel service of an action: reaches all of its goals, also those of others, and tells whether it lives. */
export class GoalCancelService implements Disposable {
  readonly #client: ServiceClient<'action_msgs/srv/CancelGoal'>;
  readonly #action: string;

  constructor(node: RosNode, action: string) {
    this.#action = action;
    // Under the name to which the action was remapped: nobody remaps its services one by one.
    this.#client = node.client(
      'action_msgs/srv/CancelGoal',
      `${node.resolveTopic(action)}/_action/cancel_goal`,
    );
  }

  get available(): boolean {
    return this.#client.available();
  }

  /** @throws VLAError ROS_TIMEOUT when no answer comes in time, ROBOT_FAILED when the server goes on */
  async cancelAll(timeoutMs: number): Promise<void> {
    const everyGoal = { goal_id: { uuid: new Uint8Array(ID_BYTES) }, stamp: AT_ANY_TIME };
    const { return_code } = await this.#client.call({ goal_info: everyGoal }, timeoutMs);
    if (return_code === REJECTED)
      throw new VLAError('ROBOT_FAILED', `${this.#action} refuses to cancel its goals`, {
        hint: 'Treat the robot as moving: use its own emergency stop.',
      });
  }

  /** Whether the server answers: asked for a goal that nobody has sent, it does nothing else. */
  async answers(timeoutMs: number): Promise<boolean> {
    const unknown = {
      goal_id: { uuid: crypto.getRandomValues(new Uint8Array(ID_BYTES)) },
      stamp: AT_ANY_TIME,
    };
    try {
      await this.#client.call({ goal_info: unknown }, timeoutMs);
      return true;
    } catch {
      return false;
    }
  }

  dispose(): void {
    this.#client.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
