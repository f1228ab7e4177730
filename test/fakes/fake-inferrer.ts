import type { ActionChunk } from '../../lib/action/action-chunk.js';
import type { ChunkInferrer } from '../../lib/action/chunk-inferrer.js';
import { chunkOf, type FakeRobot } from './fake-robot.js';

export interface InferCall {
  readonly instruction: string;
  readonly state: readonly number[] | undefined;
  readonly at: number;
  readonly capturedAt: number;
}

/** A policy in memory that takes its time on the robot's clock. */
export class FakeInferrer implements ChunkInferrer {
  readonly calls: InferCall[] = [];
  /** How long an inference takes, milliseconds. */
  delayMs = 100;
  horizon = 5;
  secondsPerWaypoint = 0.2;
  gripper = 0;
  /** Called before each inference with its number from 0. */
  onCall: (number: number) => void | Promise<void> = () => {};
  /** Inferences that run now, and the most that ever did at once. */
  running = 0;
  mostRunning = 0;
  readonly #robot: FakeRobot;

  constructor(robot: FakeRobot) {
    this.#robot = robot;
  }

  /** The value of every joint in waypoint `k` of chunk `sequence`. */
  value: (sequence: number, k: number) => number = (sequence, k) => sequence + k / 10;

  async infer(
    ...[image, instruction, { state, signal }]: Parameters<ChunkInferrer['infer']>
  ): Promise<ActionChunk> {
    const sequence = this.calls.length;
    const capturedAt = image.capturedAt ?? Number.NaN;
    this.calls.push({ instruction, state, at: this.#robot.time, capturedAt });
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      await this.onCall(sequence);
      if (this.delayMs > 0) await this.#robot.clock.sleep(this.delayMs, signal);
      const rows = Array.from({ length: this.horizon }, (_, k) => [
        ...this.#robot.jointNames.map(() => this.value(sequence, k)),
        this.gripper,
      ]);
      const { secondsPerWaypoint } = this;
      return chunkOf(this.#robot, rows, { capturedAt, sequence, secondsPerWaypoint });
    } finally {
      this.running--;
    }
  }
}
