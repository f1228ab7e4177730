import { JOINT_NAMES } from '../../../examples/sim/pick-world.js';
import type { JointStateMessage } from '../../../lib/ros/messages.js';

/** rad/s */
const AT_REST = 0.02;
const MOVING = 0.05;
const REST_MS = 500;

/** What the arm does, from its joint states. */
export class ArmWatch {
  #states: readonly { readonly atMs: number; readonly speed: number }[] = [];

  saw({ name, velocity }: JointStateMessage): void {
    const speed = Math.max(...JOINT_NAMES.map((joint) => Math.abs(velocity[name.indexOf(joint)] ?? 0)));
    const atMs = performance.now();
    this.#states = [...this.#states.filter((state) => atMs - state.atMs < 2 * REST_MS), { atMs, speed }];
  }

  get moving(): boolean {
    return (this.#states.at(-1)?.speed ?? 0) > MOVING;
  }

  /** Whether the arm has stood still for half a second. */
  get resting(): boolean {
    const [first] = this.#states;
    const last = this.#states.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < REST_MS) return false;
    return this.#states.every(({ atMs, speed }) => last.atMs - atMs > REST_MS || speed < AT_REST);
  }
}
