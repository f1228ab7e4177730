import type { ActionGoal, SendGoalOptions } from './action-goal.js';
import type { Actions, ActionType, Services, ServiceType, Topics, TopicType } from './messages.js';

/** An entity that can be given back before its node ends. Idempotent. */
export interface RosEntity {
  /** Its full name after remapping. */
  readonly name: string;
  dispose(): void;
}

export interface TopicPublisher<T extends TopicType> extends RosEntity {
  /** @throws Error when a field of the first message is misspelled or has the wrong type */
  publish(message: Topics[T]): void;
}

export interface CdrPublisher extends RosEntity {
  /** @param cdr plain CDR in a buffer of its own */
  publish(cdr: Buffer): void;
}

export interface ServiceClient<T extends ServiceType> extends RosEntity {
  available(): boolean;
  /** @throws VLAError ROS_TIMEOUT when no answer comes in time */
  call(request: Services[T]['request'], timeoutMs: number): Promise<Services[T]['response']>;
}

export interface ActionClientHandle<T extends ActionType> extends RosEntity {
  available(): boolean;
  send(goal: Actions[T]['goal'], options: SendGoalOptions): Promise<ActionGoal<T>>;
}
