import type { RosEntity, RosNode } from '../../lib/ros/ros-node.js';
import { actionServer, type ServedGoal } from './action-server.js';
import { timeMessage } from './stamp.js';

export type GripperAction = 'GripperCommand' | 'ParallelGripperCommand';

export interface Fingers {
  /** The joint that the gripper is commanded by. */
  readonly joint: string;
  /** Measured, m. */
  position(): number;
  /** Measured, m/s. */
  speed(): number;
  /** N */
  effort(): number;
  /** Commands a position, m. */
  move(position: number): void;
}

/** The defaults of ros2_controllers' grippers are 0.01 m and 1 s: too much for fingers that travel 0.04 m. */
const GOAL_TOLERANCE = 0.002;
const STALL_VELOCITY = 1e-3;
const STALL_TIMEOUT_MS = 100;

interface Result {
  readonly stalled: boolean;
  readonly reached: boolean;
}

interface Motion {
  readonly position: number;
  movedAtMs: number;
  end(how: 'succeeded' | 'canceled' | 'aborted', result: Result): void;
}

/**
 * What ros2_controllers' gripper controllers do with goals: success when the fingers are near the commanded position
 * (`reached_goal`) or move no more before they are (`stalled`, with `allow_stalling`). A new goal ends the old one.
 */
export class GripperController {
  readonly #fingers: Fingers;
  readonly #nowMs: () => number;
  #motion: Motion | undefined;
  readonly #motions = new WeakMap<object, Motion>();

  /** @param nowMs ROS time, milliseconds */
  constructor(fingers: Fingers, nowMs: () => number) {
    this.#fingers = fingers;
    this.#nowMs = nowMs;
  }

  serve(node: RosNode, action: GripperAction, name: string): RosEntity {
    return action === 'GripperCommand' ? this.#serveGripper(node, name) : this.#serveParallel(node, name);
  }

  /** Ends the goal and holds the fingers where they are. */
  hold(): void {
    this.#end('aborted', { stalled: false, reached: false });
    this.#fingers.move(this.#fingers.position());
  }

  /** To be called after each step of the physics. */
  update(atMs: number): void {
    const motion = this.#motion;
    if (motion === undefined) return;
    if (Math.abs(this.#fingers.position() - motion.position) < GOAL_TOLERANCE)
      this.#end('succeeded', { stalled: false, reached: true });
    else if (this.#fingers.speed() > STALL_VELOCITY) motion.movedAtMs = atMs;
    else if (atMs - motion.movedAtMs > STALL_TIMEOUT_MS)
      this.#end('succeeded', { stalled: true, reached: false });
  }

  #start(goal: object, position: number, end: Motion['end']): void {
    this.#end('aborted', { stalled: false, reached: false });
    this.#motion = { position, movedAtMs: this.#nowMs(), end };
    this.#motions.set(goal, this.#motion);
    this.#fingers.move(position);
  }

  #end(how: 'succeeded' | 'canceled' | 'aborted', result: Result): void {
    this.#motion?.end(how, result);
    this.#motion = undefined;
  }

  #cancel(goal: object): boolean {
    if (this.#motion === undefined || this.#motions.get(goal) !== this.#motion) return false;
    this.#end('canceled', { stalled: false, reached: false });
    this.#fingers.move(this.#fingers.position());
    return true;
  }

  #serveGripper(node: RosNode, name: string): RosEntity {
    return actionServer(node, 'control_msgs/action/GripperCommand', name, {
      refuses: ({ command }) => positionProblem(command.position),
      start: (goal: ServedGoal<'control_msgs/action/GripperCommand'>) =>
        this.#start(goal, goal.request.command.position, (how, { stalled, reached }) =>
          goal.end(how, {
            position: this.#fingers.position(),
            effort: this.#fingers.effort(),
            stalled,
            reached_goal: reached,
          }),
        ),
      cancel: (goal) => this.#cancel(goal),
    });
  }

  #serveParallel(node: RosNode, name: string): RosEntity {
    const { joint } = this.#fingers;
    return actionServer(node, 'control_msgs/action/ParallelGripperCommand', name, {
      refuses: ({ command }) =>
        command.position.length === 1
          ? positionProblem(command.position[0])
          : `it has ${command.position.length} positions, this gripper has the one joint ${joint}`,
      start: (goal: ServedGoal<'control_msgs/action/ParallelGripperCommand'>) =>
        this.#start(goal, goal.request.command.position[0] ?? 0, (how, { stalled, reached }) =>
          goal.end(how, {
            state: {
              header: { stamp: timeMessage(this.#nowMs()), frame_id: '' },
              name: [joint],
              position: [this.#fingers.position()],
              velocity: [this.#fingers.speed()],
              effort: [this.#fingers.effort()],
            },
            stalled,
            reached_goal: reached,
          }),
        ),
      cancel: (goal) => this.#cancel(goal),
    });
  }
}

function positionProblem(position: number | undefined): string | undefined {
  return Number.isFinite(position) ? undefined : 'its position is not a number';
}
