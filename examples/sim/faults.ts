import type { CameraFrame, JointReference, JointState } from 'jetson-vla';

/** What can be made to go wrong with a simulated robot, for tests of those who must notice. */
export class SimFaults {
  /** Where each stalled joint stays, rad; undefined until its servo is next asked. */
  readonly #stalled = new Map<number, number | undefined>();
  #offset: readonly number[] = [];
  #stateDelayMs = 0;
  /** The newest last; kept only while states are told late. */
  #history: JointState[] = [];
  #cameraFrozen = false;
  #stampsFrozen = false;
  #frozenFrame: CameraFrame | undefined;

  /** The servo of the joint no longer moves. */
  stallJoint(joint: number): void {
    this.#stalled.set(joint, undefined);
  }

  /** The joint encoders read this much more, rad, than before. */
  teleport(offset: readonly number[]): void {
    this.#offset = offset.map((value, joint) => value + (this.#offset[joint] ?? 0));
  }

  /** Joint states are told this late, milliseconds, with the stamps of when they were measured. */
  delayState(ms: number): void {
    this.#stateDelayMs = ms;
    this.#history = [];
  }

  /** The camera repeats its next frame for ever, under new stamps unless those are frozen as well. */
  freezeCamera({ stamps = false } = {}): void {
    this.#cameraFrozen = true;
    this.#stampsFrozen = stamps;
    this.#frozenFrame = undefined;
  }

  /** All is well again. */
  clear(): void {
    this.#stalled.clear();
    this.#offset = [];
    this.delayState(0);
    this.#cameraFrozen = false;
  }

  /** What the servos make of their reference. */
  servo(reference: JointReference, measured: () => readonly number[]): JointReference {
    if (this.#stalled.size === 0) return reference;
    const positions = [...reference.positions];
    const velocities = [...reference.velocities];
    for (const [joint, heldAt] of this.#stalled) {
      const held = heldAt ?? measured()[joint] ?? 0;
      this.#stalled.set(joint, held);
      positions[joint] = held;
      velocities[joint] = 0;
    }
    return { ...reference, positions, velocities };
  }

  /** What the robot tells when asked for its state. */
  told(measured: JointState): JointState {
    const state = {
      ...measured,
      positions: measured.positions.map((value, joint) => value + (this.#offset[joint] ?? 0)),
    };
    if (this.#stateDelayMs === 0) return state;
    this.#history.push(state);
    const due = measured.stamp - this.#stateDelayMs;
    const [first = state] = this.#history;
    const known = this.#history.findLast(({ stamp }) => stamp <= due) ?? first;
    this.#history = this.#history.filter(({ stamp }) => stamp >= known.stamp);
    return known;
  }

  /** What the camera gives for a frame that it took. */
  seen(frame: CameraFrame): CameraFrame {
    if (!this.#cameraFrozen) return frame;
    this.#frozenFrame ??= frame;
    const { capturedAt } = this.#stampsFrozen ? this.#frozenFrame : frame;
    return { ...this.#frozenFrame, ...(capturedAt !== undefined && { capturedAt }) };
  }
}
