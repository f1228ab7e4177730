import { GOAL_STATUS } from '../../../../lib/ros/rcl.js';
import type { GoalId } from './goal-id.js';

interface GoalClient {
  cancel(goalId: GoalId): Promise<unknown>;
  result(goal: ClientGoalHandle): Promise<unknown>;
}

export class ClientGoalHandle {
  readonly #client: GoalClient;
  readonly #accepted: boolean;
  #status: number;

  constructor(
    client: GoalClient,
    readonly goalId: GoalId,
    accepted: boolean,
  ) {
    this.#client = client;
    this.#accepted = accepted;
    this.#status = accepted ? GOAL_STATUS.accepted : GOAL_STATUS.unknown;
  }

  isAccepted(): boolean {
    return this.#accepted;
  }

  get status(): number {
    return this.#status;
  }

  /** A status never goes back, and an ended goal keeps the one that it has. */
  set status(next: number) {
    if (this.#status < GOAL_STATUS.succeeded && next > this.#status) this.#status = next;
  }

  cancelGoal(): Promise<unknown> {
    return this.#client.cancel(this.goalId);
  }

  getResult(): Promise<unknown> {
    return this.#client.result(this);
  }
}
