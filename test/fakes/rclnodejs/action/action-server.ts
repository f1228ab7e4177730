import { RELIABILITY } from '../../../../lib/ros/rcl.js';
import { actionSchemas, messageSchema, serviceSchemas } from '../messages/schema.js';
import type { NodeImplementation } from '../node.js';
import { Publisher } from '../publisher.js';
import { qosProfile, STATUS_QOS } from '../qos.js';
import { type Response, Service } from '../service.js';
import { type CancelRequest, goalsToCancel } from './cancel-selection.js';
import { type GoalId, goalKey, type Stamp } from './goal-id.js';
import {
  type ExecuteCallback,
  type GoalServer,
  RequestWrapper,
  ServerGoalHandle,
} from './server-goal-handle.js';

export const GoalResponse = { REJECT: 1, ACCEPT: 2 } as const;
export const CancelResponse = { REJECT: 1, ACCEPT: 2 } as const;

interface SendGoalRequest {
  readonly goal_id: GoalId;
  readonly goal: object;
}

export class ActionServer implements GoalServer {
  readonly #node: NodeImplementation;
  readonly #goals = new Map<string, ServerGoalHandle>();
  readonly #services: readonly Service[];
  readonly #feedback: Publisher;
  readonly #status: Publisher;
  readonly #executeCallback: ExecuteCallback;
  readonly #goalCallback: (goal: unknown) => number;
  readonly #acceptedCallback: (goal: ServerGoalHandle) => void;
  readonly #cancelCallback: (goal: ServerGoalHandle) => number | Promise<number>;
  #destroyed = false;

  constructor(
    node: NodeImplementation,
    type: string,
    name: string,
    execute: ExecuteCallback,
    onGoal?: (goal: unknown) => number,
    onAccepted?: (goal: ServerGoalHandle) => void,
    onCancel?: (goal: ServerGoalHandle) => number | Promise<number>,
  ) {
    this.#node = node;
    this.#executeCallback = execute;
    this.#goalCallback = onGoal ?? (() => GoalResponse.ACCEPT);
    this.#acceptedCallback = onAccepted ?? ((goal) => goal.execute());
    this.#cancelCallback = onCancel ?? (() => CancelResponse.REJECT);
    const { core } = node;
    const schemas = actionSchemas(type);
    const service = (part: string) => node.resolveServiceName(`${name}/_action/${part}`);
    const topic = (part: string) => node.resolveTopicName(`${name}/_action/${part}`);
    this.#services = [
      new Service(
        core,
        schemas.sendGoal,
        { name: service('send_goal'), type: `${type}_SendGoal` },
        (request, response) => this.#onGoalRequest(request as SendGoalRequest, response),
      ),
      new Service(
        core,
        schemas.getResult,
        { name: service('get_result'), type: `${type}_GetResult` },
        (request, response) => this.#onResultRequest(request as { readonly goal_id: GoalId }, response),
      ),
      new Service(
        core,
        serviceSchemas('action_msgs/srv/CancelGoal'),
        { name: service('cancel_goal'), type: 'action_msgs/srv/CancelGoal' },
        (request, response) => void this.#onCancelRequest(request as CancelRequest, response),
      ),
    ];
    this.#feedback = new Publisher(core, schemas.feedbackMessage, {
      name: topic('feedback'),
      type: `${type}_FeedbackMessage`,
      qos: { ...qosProfile(undefined), reliability: RELIABILITY.reliable },
      validate: false,
    });
    this.#status = new Publisher(core, messageSchema('action_msgs/msg/GoalStatusArray'), {
      name: topic('status'),
      type: 'action_msgs/msg/GoalStatusArray',
      qos: STATUS_QOS,
      validate: false,
    });
    node.own(this);
  }

  execute(goal: ServerGoalHandle, callback = this.#executeCallback): void {
    void this.#run(goal, callback);
  }

  feedback({ goalId }: ServerGoalHandle, feedback: object): void {
    if (!this.#destroyed && !this.#node.core.dead) this.#feedback.publish({ goal_id: goalId, feedback });
  }

  statusChanged(): void {
    if (this.#destroyed || this.#node.core.dead) return;
    const statuses = [...this.#goals.values()].map(({ goalId, stamp, status }) => ({
      goal_info: { goal_id: goalId, stamp },
      status,
    }));
    this.#status.publish({ status_list: statuses });
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const goal of this.#goals.values()) goal.destroy();
    this.#goals.clear();
    for (const service of this.#services) service.destroy();
    this.#feedback.destroy();
    this.#status.destroy();
  }

  #onGoalRequest({ goal_id, goal }: SendGoalRequest, response: Response): void {
    const known = this.#goals.has(goalKey(goal_id));
    const accepted = !known && this.#goalCallback(goal) === GoalResponse.ACCEPT;
    const stamp = this.#node.now().toMsg();
    response.send({ accepted, stamp });
    if (!accepted) return;
    const handle = new ServerGoalHandle(this, goal_id, stamp, new RequestWrapper(goal));
    this.#goals.set(goalKey(goal_id), handle);
    this.#acceptedCallback(handle);
  }

  #onResultRequest({ goal_id }: { readonly goal_id: GoalId }, response: Response): void {
    const goal = this.#goals.get(goalKey(goal_id));
    if (!goal) response.send({ status: 0 });
    else
      void goal.outcome.then((outcome) => {
        if (!this.#destroyed && !this.#node.core.dead) response.send(outcome);
      });
  }

  async #onCancelRequest(request: CancelRequest, response: Response): Promise<void> {
    const { code, goals } = goalsToCancel(request, this.#goals);
    const canceling: { goal_id: GoalId; stamp: Stamp }[] = [];
    for (const goal of goals) {
      if ((await this.#cancelCallback(goal)) !== CancelResponse.ACCEPT) continue;
      goal.update('cancel');
      canceling.push({ goal_id: goal.goalId, stamp: goal.stamp });
    }
    if (!this.#destroyed && !this.#node.core.dead)
      response.send({ return_code: code, goals_canceling: canceling });
  }

  async #run(goal: ServerGoalHandle, callback: ExecuteCallback): Promise<void> {
    let result: unknown;
    try {
      result = await callback(goal);
    } catch (error) {
      process.stderr.write(`Error raised in execute callback: ${String(error)}\n`);
    }
    if (goal.isActive) goal.abort();
    goal.finish(result);
  }
}
