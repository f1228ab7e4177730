import { ActionChunk } from '../../lib/action/action-chunk.js';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import type { Camera, Clock, Gripper, JointState, Robot } from '../../lib/robot/robot.js';
import { TrajectoryQueue } from '../../lib/robot/trajectory-queue.js';
import { VirtualClock } from '../../lib/robot/virtual-clock.js';
import type { JointReference, JointTrajectory } from '../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../lib/trajectory/sample-trajectory.js';

/** What the robot was told, in order, with the time on its clock when it was told. */
export type Command =
  | { readonly kind: 'follow'; readonly trajectory: JointTrajectory; readonly at: number }
  | { readonly kind: 'open' | 'close' | 'stop'; readonly at: number };

/** Everything that can be made to fail or hang. */
export type Call = Command['kind'] | 'state' | 'gripping' | 'capture' | 'sleep';

const never = () => new Promise<never>(() => {});

/**
 * A robot in memory that tracks its trajectories perfectly, on a virtual clock. Any call can be told to fail or to
 * hang, and its joints, stamps and camera can be told to lie.
 */
export class FakeRobot implements Robot {
  readonly commands: Command[] = [];
  /** The time base. `clock` is the same one, whose sleeps can be made to fail as well. */
  readonly virtualClock = new VirtualClock({ startMs: 10_000 });
  readonly clock: Clock;
  readonly gripper: Gripper;
  readonly camera: Camera;
  isGripping = false;
  /** How long the fingers take, milliseconds. */
  gripperMs = 0;
  /** Called at the start of every call with its kind and number among its kind, from 0. */
  onCall: (call: Call, number: number) => void | Promise<void> = () => {};
  /** Changes each measured state before it is told: noise, NaN, wrong stamps. */
  distort: (state: JointState) => JointState = (state) => state;
  /** How old each told state is, milliseconds. */
  stateDelayMs = 0;
  readonly #calls = new Map<Call, number>();
  readonly #motions = new TrajectoryQueue();
  #offset: readonly number[];
  readonly #stalledAt = new Map<number, number>();
  #frozenFrame: CameraFrame | undefined;

  constructor(
    readonly jointNames: readonly string[] = ['base', 'shoulder', 'elbow', 'roll', 'bend', 'flange'],
  ) {
    const zeros = jointNames.map(() => 0);
    this.#motions.add(restAt(zeros));
    this.#offset = zeros;
    this.clock = {
      now: () => this.time,
      sleep: async (ms, signal) => {
        await this.#call('sleep');
        await this.virtualClock.sleep(ms, signal);
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
    this.camera = { capture: () => this.#capture() };
  }

  /** The clock's time, milliseconds. Setting it moves the clock on, never back. */
  get time(): number {
    return this.virtualClock.now();
  }

  set time(ms: number) {
    this.virtualClock.advanceTo(ms);
  }

  /** Where the joints really are, rad. Setting them ends all motion there. */
  get positions(): readonly number[] {
    return this.#measured(this.time).positions;
  }

  set positions(positions: readonly number[]) {
    this.#rest(positions);
    this.#offset = positions.map(() => 0);
    this.#stalledAt.clear();
  }

  /** The trajectories that were sent, in order. */
  get trajectories(): readonly JointTrajectory[] {
    return this.commands.flatMap((command) => (command.kind === 'follow' ? [command.trajectory] : []));
  }

  async jointState(): Promise<JointState> {
    await this.#call('state');
    const stamp = this.time - this.stateDelayMs;
    const { positions, velocities } = this.#measured(stamp);
    return this.distort({ positions, velocities, stamp });
  }

  async follow(trajectory: JointTrajectory): Promise<void> {
    this.commands.push({ kind: 'follow', trajectory, at: this.time });
    await this.#call('follow');
    this.#motions.add(trajectory);
  }

  async stop(): Promise<void> {
    this.commands.push({ kind: 'stop', at: this.time });
    await this.#call('stop');
    this.#rest(this.#reference(this.time).positions);
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

  /** The joint stays where it is now, whatever it is told. */
  stall(joint: number): this {
    this.#stalledAt.set(joint, this.positions[joint] ?? 0);
    return this;
  }

  /** From now on the joints are measured this far, rad, from where they should be. */
  teleport(offset: readonly number[]): this {
    this.#offset = this.#offset.map((value, joint) => value + (offset[joint] ?? 0));
    return this;
  }

  /** The state told now is told for ever, stamp and all. */
  freezeState(): this {
    const stamp = this.time;
    const frozen = this.distort({ ...this.#measured(stamp), stamp });
    this.distort = () => frozen;
    return this;
  }

  /** The camera repeats its present picture. Its stamps go on, or are frozen as well. */
  freezeCamera({ stamps = false } = {}): this {
    const frame = this.#frame();
    const { capturedAt: _, ...unstamped } = frame;
    this.#frozenFrame = stamps ? frame : unstamped;
    return this;
  }

  /** Commands without their times, the shape that most tests compare: a trajectory is where it ends. */
  get log(): readonly (string | readonly number[])[] {
    return this.commands.map((command) =>
      command.kind === 'follow' ? (command.trajectory.points.at(-1)?.positions ?? []) : command.kind,
    );
  }

  #rest(positions: readonly number[]): void {
    this.#motions.clear();
    this.#motions.add(restAt(positions));
  }

  #reference(atMs: number): JointReference {
    const running = this.#motions.runningAt(atMs);
    if (running === undefined) throw new Error('the fake robot always has a motion');
    return sampleTrajectory(running.points, (atMs - running.startMs) / 1000);
  }

  #measured(atMs: number): { positions: readonly number[]; velocities: readonly number[] } {
    const { positions, velocities } = this.#reference(atMs);
    return {
      positions: positions.map(
        (value, joint) => this.#stalledAt.get(joint) ?? value + (this.#offset[joint] ?? 0),
      ),
      velocities: velocities.map((value, joint) => (this.#stalledAt.has(joint) ? 0 : value)),
    };
  }

  async #grip(kind: 'open' | 'close', signal?: AbortSignal): Promise<void> {
    this.commands.push({ kind, at: this.time });
    await this.#call(kind);
    signal?.throwIfAborted();
    if (this.gripperMs > 0) await this.virtualClock.sleep(this.gripperMs, signal);
  }

  async #capture(): Promise<CameraFrame> {
    await this.#call('capture');
    return this.#frozenFrame ? { capturedAt: this.time, ...this.#frozenFrame } : this.#frame();
  }

  /** A small picture that is different at each millisecond. */
  #frame(): CameraFrame {
    const data = new Uint8Array(4 * 4 * 3);
    new DataView(data.buffer).setFloat64(0, this.time);
    return { encoding: 'rgb8', width: 4, height: 4, data, capturedAt: this.time };
  }

  async #call(call: Call): Promise<void> {
    const number = this.#calls.get(call) ?? 0;
    this.#calls.set(call, number + 1);
    await this.onCall(call, number);
  }
}

/** A trajectory of one point, since ever. */
function restAt(positions: readonly number[]): JointTrajectory {
  const zeros = positions.map(() => 0);
  return {
    startMs: Number.NEGATIVE_INFINITY,
    points: [{ timeS: 0, positions, velocities: zeros, accelerations: zeros }],
  };
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
