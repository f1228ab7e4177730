import { ActionChunk } from '../../lib/action/action-chunk.js';
import type { Camera, Clock, Gripper, JointState, Robot } from '../../lib/robot/robot.js';

/** What the robot was told, in order, with the time on its clock when it was told. */
export type Command =
  | {
      readonly kind: 'move';
      readonly joints: readonly number[];
      readonly durationS: number;
      readonly at: number;
    }
  | { readonly kind: 'open' | 'close' | 'stop'; readonly at: number };

/** Everything that can be made to fail or hang. */
export type Call = Command['kind'] | 'state' | 'gripping' | 'sleep';

const never = () => new Promise<never>(() => {});

/**
 * A robot in memory. Motion takes exactly its time on a virtual clock that runs only while something waits on it.
 * Any call can be told to fail, to hang until it is aborted, or to ignore even that.
 */
export class FakeRobot implements Robot {
  readonly commands: Command[] = [];
  readonly clock: Clock;
  readonly gripper: Gripper;
  readonly camera: Camera;
  positions: readonly number[];
  isGripping = false;
  /** The clock's time, milliseconds. */
  time = 10_000;
  /** Called at the start of every call with its kind and number among its kind, from 0. */
  onCall: (call: Call, number: number) => void | Promise<void> = () => {};
  readonly #calls = new Map<Call, number>();

  constructor(
    readonly jointNames: readonly string[] = ['base', 'shoulder', 'elbow', 'roll', 'bend', 'flange'],
  ) {
    this.positions = jointNames.map(() => 0);
    this.clock = {
      now: () => this.time,
      sleep: async (ms, signal) => {
        await this.#call('sleep');
        this.#elapse(ms, signal);
      },
    };
    this.gripper = {
      open: (signal) => this.#grip('open', signal),
      close: (signal) => this.#grip('close', signal),
      isGripping: async () => {
        await this.#call('gripping');
        return this.isGripping;
      },
    };
    this.camera = { capture: () => Promise.reject(new Error('the fake robot has no camera')) };
  }

  async jointState(): Promise<JointState> {
    await this.#call('state');
    return { positions: this.positions, velocities: this.positions.map(() => 0), stamp: this.time };
  }

  async moveTo(joints: readonly number[], durationS: number, signal?: AbortSignal): Promise<void> {
    this.commands.push({ kind: 'move', joints, durationS, at: this.time });
    await this.#call('move');
    this.#elapse(durationS * 1000, signal);
    this.positions = joints;
  }

  async stop(): Promise<void> {
    this.commands.push({ kind: 'stop', at: this.time });
    await this.#call('stop');
  }

  /** Makes the given call fail, from its nth occurrence on. */
  failOn(call: Call, from = 0, error: unknown = new Error(`${call} is broken`)): this {
    this.onCall = (kind, number) => {
      if (kind === call && number >= from) throw error;
    };
    return this;
  }

  /** Makes the given call hang for ever, deaf to its signal, and runs `then` once it does. */
  hangOn(call: Call, then: () => void, from = 0): this {
    this.onCall = (kind, number) => {
      if (kind !== call || number < from) return;
      setImmediate(then);
      return never();
    };
    return this;
  }

  /** Commands without their times, the shape that most tests compare: a move is its joints. */
  get log(): readonly (string | readonly number[])[] {
    return this.commands.map((command) => (command.kind === 'move' ? command.joints : command.kind));
  }

  async #grip(kind: 'open' | 'close', signal?: AbortSignal): Promise<void> {
    this.commands.push({ kind, at: this.time });
    await this.#call(kind);
    this.#elapse(0, signal);
  }

  async #call(call: Call): Promise<void> {
    const number = this.#calls.get(call) ?? 0;
    this.#calls.set(call, number + 1);
    await this.onCall(call, number);
  }

  #elapse(ms: number, signal?: AbortSignal): void {
    signal?.throwIfAborted();
    this.time += ms;
  }
}

export interface ChunkOptions {
  readonly names?: readonly string[];
  readonly unit?: string;
  readonly secondsPerWaypoint?: number;
  readonly capturedAt?: number;
  readonly sequence?: number;
}

/** A chunk for a robot: each row is its joints and then the gripper. */
export function chunkOf(
  robot: FakeRobot,
  rows: readonly (readonly number[])[],
  options: ChunkOptions = {},
): ActionChunk {
  const { names = robot.jointNames, unit = 'rad', secondsPerWaypoint = 0.2, sequence = 1 } = options;
  return new ActionChunk({
    data: Float32Array.from(rows.flat()),
    dims: [
      ...names.map((name) => ({ name, kind: 'joint' as const, unit })),
      { name: 'gripper', kind: 'gripper' as const, unit: 'unit' },
    ],
    secondsPerWaypoint,
    capturedAt: options.capturedAt ?? robot.time,
    sequence,
  });
}
