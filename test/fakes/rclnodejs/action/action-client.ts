import { GOAL_STATUS } from '../../../../lib/ros/rcl.js';
import { Client, waitUntil } from '../client.js';
import { actionSchemas, messageSchema, serviceSchemas } from '../messages/schema.js';
import { assertValid } from '../messages/validate.js';
import type { NodeImplementation } from '../node.js';
import { qosProfile, STATUS_QOS } from '../qos.js';
import { Subscription } from '../subscription.js';
import { ClientGoalHandle } from './client-goal-handle.js';
import { type GoalId, goalKey, randomGoalId } from './goal-id.js';

interface FeedbackMessage {
  readonly goal_id: GoalId;
  readonly feedback: unknown;
}

interface StatusMessage {
  readonly status_list: readonly {
    readonly goal_info: { readonly goal_id: GoalId };
    readonly status: number;
  }[];
}

export class ActionClient {
  readonly #node: NodeImplementation;
  readonly #schemas: ReturnType<typeof actionSchemas>;
  readonly #validate: boolean;
  readonly #sendGoal: Client;
  readonly #getResult: Client;
  readonly #cancelGoal: Client;
  readonly #topics: readonly Subscription[];
  readonly #feedback = new Map<string, (feedback: unknown) => void>();
  readonly #goals = new Map<string, ClientGoalHandle>();
  #destroyed = false;

  constructor(
    node: NodeImplementation,
    type: string,
    name: string,
    options: {
      readonly validateGoals?: boolean;
      readonly qos?: { readonly feedbackSubQosProfile?: object };
    } = {},
  ) {
    this.#node = node;
    this.#schemas = actionSchemas(type);
    this.#validate = options.validateGoals ?? false;
    const { core } = node;
    const client = (part: string, schemas: ConstructorParameters<typeof Client>[1], serviceType: string) =>
      new Client(core, schemas, {
        name: node.resolveServiceName(`${name}/_action/${part}`),
        type: serviceType,
        validate: false,
      });
    this.#sendGoal = client('send_goal', this.#schemas.sendGoal, `${type}_SendGoal`);
    this.#getResult = client('get_result', this.#schemas.getResult, `${type}_GetResult`);
    const cancelType = 'action_msgs/srv/CancelGoal';
    this.#cancelGoal = client('cancel_goal', serviceSchemas(cancelType), cancelType);
    this.#topics = [
      new Subscription(
        core,
        this.#schemas.feedbackMessage,
        {
          name: node.resolveTopicName(`${name}/_action/feedback`),
          type: `${type}_FeedbackMessage`,
          qos: qosProfile(options.qos?.feedbackSubQosProfile),
          isRaw: false,
        },
        (message) => this.#onFeedback(message as FeedbackMessage),
      ),
      new Subscription(
        core,
        messageSchema('action_msgs/msg/GoalStatusArray'),
        {
          name: node.resolveTopicName(`${name}/_action/status`),
          type: 'action_msgs/msg/GoalStatusArray',
          qos: STATUS_QOS,
          isRaw: false,
        },
        (message) => this.#onStatus(message as StatusMessage),
      ),
    ];
    node.own(this);
  }

  isActionServerAvailable(): boolean {
    return [this.#sendGoal, this.#getResult, this.#cancelGoal].every((client) =>
      client.isServiceServerAvailable(),
    );
  }

  async waitForServer(timeoutMs?: number): Promise<boolean> {
    return waitUntil(() => this.isActionServerAvailable(), timeoutMs);
  }

  /** Never settles when no server answers. Throws at once, not later, for a goal of wrong form. */
  sendGoal(
    goal: object,
    onFeedback?: (feedback: unknown) => void,
    goalUuid?: GoalId,
    options: { readonly validate?: boolean } = {},
  ): Promise<ClientGoalHandle> {
    if (this.#destroyed) throw new Error('the action client was destroyed');
    if (options.validate ?? this.#validate) assertValid(this.#schemas.goal, goal);
    const goalId = goalUuid ?? randomGoalId();
    const key = goalKey(goalId);
    if (onFeedback) this.#feedback.set(key, onFeedback);
    return new Promise((resolve) => {
      this.#sendGoal.request({ goal_id: goalId, goal }, (response) => {
        const { accepted } = response as { readonly accepted: boolean };
        const handle = new ClientGoalHandle(this, goalId, accepted);
        if (accepted) this.#goals.set(key, handle);
        else this.#feedback.delete(key);
        resolve(handle);
      });
    });
  }

  cancel(goalId: GoalId): Promise<unknown> {
    const request = { goal_info: { goal_id: goalId, stamp: { sec: 0, nanosec: 0 } } };
    return new Promise((resolve) => this.#cancelGoal.request(request, resolve));
  }

  result(goal: ClientGoalHandle): Promise<unknown> {
    return new Promise((resolve) =>
      this.#getResult.request({ goal_id: goal.goalId }, (response) => {
        const { status, result } = response as { readonly status: number; readonly result: unknown };
        goal.status = status;
        resolve(result);
      }),
    );
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#goals.clear();
    for (const entity of [this.#sendGoal, this.#getResult, this.#cancelGoal, ...this.#topics])
      entity.destroy();
    this.#node.disown(this);
  }

  #onFeedback({ goal_id, feedback }: FeedbackMessage): void {
    this.#feedback.get(goalKey(goal_id))?.(feedback);
  }

  #onStatus({ status_list }: StatusMessage): void {
    for (const { goal_info, status } of status_list) {
      const key = goalKey(goal_info.goal_id);
      const goal = this.#goals.get(key);
      if (!goal) continue;
      goal.status = status;
      if (status >= GOAL_STATUS.succeeded) this.#goals.delete(key);
    }
  }
}
