import { GOAL_STATUS } from '../../../../lib/ros/rcl.js';
import type { GoalId, Stamp } from './goal-id.js';
import { type GoalEvent, isActive, nextStatus } from './goal-state.js';

export type ExecuteCallback = (goal: ServerGoalHandle) => Promise<unknown> | unknown;

/** What the goal handle needs of its server. */
export interface GoalServer {
  execute(goal: ServerGoalHandle, callback: ExecuteCallback | undefined): void;
  feedback(goal: ServerGoalHandle, feedback: object): void;
  statusChanged(): void;
}

/** A received message before it is made plain: its fields are not simple values. */
export class RequestWrapper {
  readonly #plain: object;

  constructor(plain: object) {
    this.#plain = plain;
  }

  toPlainObject(): object {
    return this.#plain;
  }
}

export class ServerGoalHandle {
  readonly #server: GoalServer;
  #status: number = GOAL_STATUS.accepted;
  #destroyed = false;
  #settle: (outcome: { status: number; result: unknown }) => void = () => undefined;
  readonly outcome = new Promise<{ status: number; result: unknown }>((resolve) => {
    this.#settle = resolve;
  });

  constructor(
    server: GoalServer,
    readonly goalId: GoalId,
    readonly stamp: Stamp,
    readonly request: RequestWrapper,
  ) {
    this.#server = server;
  }

  get status(): number {
    return this.#destroyed ? GOAL_STATUS.unknown : this.#status;
  }

  get isActive(): boolean {
    return !this.#destroyed && isActive(this.#status);
  }

  get isCancelRequested(): boolean {
    return this.status === GOAL_STATUS.canceling;
  }

  execute(callback?: ExecuteCallback): void {
    if (!this.isActive || this.#status === GOAL_STATUS.executing) return;
    if (!this.isCancelRequested) this.update('execute');
    this.#server.execute(this, callback);
  }

  publishFeedback(feedback: object): void {
    // rclnodejs drops it with a warning in every other state, also while canceling.
    if (this.status === GOAL_STATUS.executing) this.#server.feedback(this, feedback);
  }

  succeed(): void {
    this.update('succeed');
  }

  abort(): void {
    this.update('abort');
  }

  canceled(): void {
    this.update('canceled');
  }

  update(event: GoalEvent): void {
    if (this.#destroyed) return;
    this.#status = nextStatus(this.#status, event);
    this.#server.statusChanged();
  }

  finish(result: unknown): void {
    this.#settle({ status: this.status, result });
  }

  destroy(): void {
    this.#destroyed = true;
  }
}
