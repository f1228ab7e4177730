import type { GripperCommandGoal, ParallelGripperCommandGoal } from '../../../lib/ros/messages.js';
import type { Rcl, RclServerGoal } from '../../../lib/ros/rcl.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';

export interface GripperServerOptions {
  readonly type: 'control_msgs/action/GripperCommand' | 'control_msgs/action/ParallelGripperCommand';
  /** Default `gripper/command`. */
  readonly action?: string;
  /** Where the fingers are at first. */
  readonly start: number;
  /** Distance per second. Default 1. */
  readonly speed?: number;
  /** Fingers that close meet something here; undefined: nothing is between them. */
  readonly object?: number;
  /**
   * How a command that ends on the object is reported. Default `stalled`: succeeded, short of the goal. `aborted`: the
   * same, as a controller without allow_stalling has it. `reached`: as if the goal was reached.
   */
  readonly onObject?: 'stalled' | 'aborted' | 'reached';
}

const STEP_MS = 10;

/** A gripper action server with two fingers and perhaps something between them; closing is towards smaller values. */
export class GripperServer implements Disposable {
  /** Positions that were asked for. */
  readonly asked: number[] = [];
  readonly efforts: (number | undefined)[] = [];
  cancellations = 0;
  position: number;
  object: number | undefined;
  readonly #options: GripperServerOptions;
  readonly #server: { destroy(): void };
  #timer: NodeJS.Timeout | undefined;

  constructor(rcl: Rcl, node: RosNode, options: GripperServerOptions) {
    this.#options = options;
    this.position = options.start;
    this.object = options.object;
    this.#server = new rcl.ActionServer(
      node.raw,
      options.type,
      options.action ?? 'gripper/command',
      (goal) => this.#execute(goal),
      undefined,
      undefined,
      () => {
        this.cancellations++;
        return rcl.CancelResponse.ACCEPT;
      },
    );
  }

  dispose(): void {
    // Its result must not be told any more: rclnodejs would answer for a server that is gone.
    clearInterval(this.#timer);
    this.#server.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #execute(handle: RclServerGoal): Promise<object> {
    const goal = this.#read(handle.request.toPlainObject());
    const step = ((this.#options.speed ?? 1) * STEP_MS) / 1000;
    return new Promise((resolve) => {
      const end = (how: 'succeed' | 'abort' | 'canceled', stalled: boolean, reached: boolean) => {
        clearInterval(timer);
        if (handle.isActive) handle[how]();
        resolve(this.#result(stalled, reached));
      };
      const timer = setInterval(() => {
        if (handle.isCancelRequested) return end('canceled', false, false);
        const blocked = this.object !== undefined && goal < this.object && this.position <= this.object;
        const { onObject = 'stalled' } = this.#options;
        if (blocked)
          return end(
            onObject === 'aborted' ? 'abort' : 'succeed',
            onObject !== 'reached',
            onObject === 'reached',
          );
        if (this.position === goal) return end('succeed', false, true);
        const next = this.position + Math.max(-step, Math.min(step, goal - this.position));
        const closing = this.object !== undefined && goal < this.object && next < this.object;
        this.position = closing && this.object !== undefined ? this.object : next;
      }, STEP_MS);
      this.#timer = timer;
    });
  }

  #read(request: unknown): number {
    if (this.#options.type === 'control_msgs/action/GripperCommand') {
      const { command } = request as GripperCommandGoal;
      this.asked.push(command.position);
      this.efforts.push(command.max_effort);
      return command.position;
    }
    const { command } = request as ParallelGripperCommandGoal;
    const position = command.position[0] ?? Number.NaN;
    this.asked.push(position);
    this.efforts.push(command.effort[0]);
    return position;
  }

  #result(stalled: boolean, reached: boolean): object {
    if (this.#options.type === 'control_msgs/action/GripperCommand')
      return { position: this.position, effort: 0, stalled, reached_goal: reached };
    const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
    const state = { header, name: ['finger'], position: [this.position], velocity: [], effort: [] };
    return { state, stalled, reached_goal: reached };
  }
}
