import { VLAError } from '../errors.js';

/** One column of an action: a joint, or the gripper. */
export interface ActionDim {
  readonly name: string;
  readonly kind: 'joint' | 'gripper';
  /** `rad` or `m` for joints; `unit` (0 = open, 1 = closed) for the gripper; other units are the policy's own. */
  readonly unit: string;
}

/** One step of a chunk. */
export interface Waypoint {
  /** Joint targets in the order of {@link ActionChunk.jointNames}, in {@link ActionChunk.jointUnits}. */
  readonly joints: readonly number[];
  /** 0 = open, 1 = closed, above 0.5 closes; undefined when the policy has no gripper. */
  readonly gripper: number | undefined;
}

/** Where the time of one inference went, milliseconds. */
export interface InferenceTiming {
  /** Camera frame, text and state to tensors. */
  readonly preprocessMs: number;
  /** Waiting for earlier calls. */
  readonly queueMs: number;
  /** The model itself, as measured by the backend. */
  readonly inferMs: number;
  /** Tensors to actions. */
  readonly postprocessMs: number;
  /** From the call of `infer` to its result. */
  readonly totalMs: number;
}

export interface ActionChunkInit {
  /** `horizon × dims.length` values, row-major, already in the units of `dims`. Taken over, not copied. */
  readonly data: Float32Array;
  readonly dims: readonly ActionDim[];
  /** Seconds that each waypoint takes. */
  readonly secondsPerWaypoint: number;
  /** Capture time of the observation behind the chunk: milliseconds on the robot's clock. */
  readonly capturedAt: number;
  /** The chunk's number, increasing by one with each inference of an engine. */
  readonly sequence?: number;
  /** Hash of the pixels behind the chunk, equal for equal images: how a frozen camera is noticed. */
  readonly frameFingerprint?: number;
  readonly timing?: InferenceTiming;
}

/**
 * A chunk of waypoints, shape (1, horizon, action): what a policy wants the robot to do next. Values are
 * denormalised, finite and immutable; iterating gives `{ joints, gripper }` per waypoint.
 *
 * @throws VLAError CHUNK_INVALID from the constructor when the data do not fit the dims or are not finite
 */
export class ActionChunk<H extends number = number, A extends number = number> implements Iterable<Waypoint> {
  readonly shape: readonly [1, H, A];
  readonly dims: readonly ActionDim[];
  readonly jointNames: readonly string[];
  readonly jointUnits: readonly string[];
  readonly secondsPerWaypoint: number;
  readonly capturedAt: number;
  readonly sequence: number;
  readonly frameFingerprint: number | undefined;
  readonly timing: InferenceTiming | undefined;
  readonly #data: Float32Array;
  readonly #jointColumns: readonly number[];
  readonly #gripperColumn: number;

  constructor(init: ActionChunkInit) {
    const { data, dims, secondsPerWaypoint, capturedAt } = init;
    const width = dims.length;
    if (width === 0 || data.length === 0 || data.length % width !== 0)
      throw new VLAError(
        'CHUNK_INVALID',
        `an action chunk needs waypoints × ${width} action values, got ${data.length} values`,
        { hint: 'Check the action dims of the manifest against the shape of the model output.' },
      );
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const name = dims[bad % width]?.name;
      throw new VLAError(
        'CHUNK_INVALID',
        `waypoint ${Math.floor(bad / width)}, ${name}: expected a finite number, got ${data[bad]}`,
        { hint: 'The policy produced no usable action; do not send any part of it to a robot.' },
      );
    }
    const grippers = dims.filter((dim) => dim.kind === 'gripper').length;
    if (grippers > 1)
      throw new VLAError('CHUNK_INVALID', `expected at most one gripper dimension, got ${grippers}`);
    if (!(secondsPerWaypoint > 0 && Number.isFinite(secondsPerWaypoint)))
      throw new VLAError('CHUNK_INVALID', `secondsPerWaypoint must be positive, got ${secondsPerWaypoint}`);
    if (!Number.isFinite(capturedAt))
      throw new VLAError('CHUNK_INVALID', `capturedAt must be finite milliseconds, got ${capturedAt}`);

    this.shape = [1, (data.length / width) as H, width as A];
    this.dims = dims;
    this.#data = data;
    this.#gripperColumn = dims.findIndex((dim) => dim.kind === 'gripper');
    this.#jointColumns = dims.flatMap((dim, column) => (dim.kind === 'joint' ? [column] : []));
    const joints = dims.filter((dim) => dim.kind === 'joint');
    this.jointNames = joints.map((dim) => dim.name);
    this.jointUnits = joints.map((dim) => dim.unit);
    this.secondsPerWaypoint = secondsPerWaypoint;
    this.capturedAt = capturedAt;
    this.sequence = init.sequence ?? 0;
    this.frameFingerprint = init.frameFingerprint;
    this.timing = init.timing;
  }

  /** Number of waypoints. */
  get horizon(): H {
    return this.shape[1];
  }

  /** Number of values per waypoint. */
  get actionDim(): A {
    return this.shape[2];
  }

  /** The waypoint at `index`, 0 ≤ index < horizon. */
  at(index: number): Waypoint {
    if (!Number.isInteger(index) || index < 0 || index >= this.horizon)
      throw new VLAError('INVALID_ARGUMENT', `waypoint index must be 0 … ${this.horizon - 1}, got ${index}`);
    const row = index * this.actionDim;
    return {
      joints: this.#jointColumns.map((column) => this.#data[row + column] as number),
      gripper: this.#gripperColumn < 0 ? undefined : this.#data[row + this.#gripperColumn],
    };
  }

  *[Symbol.iterator](): Iterator<Waypoint> {
    for (let index = 0; index < this.horizon; index++) yield this.at(index);
  }

  /** A copy of all values, row-major (horizon × action). */
  toFloat32Array(): Float32Array {
    return this.#data.slice();
  }
}

/** The default chunk: 5 waypoints of 6 joint angles (rad) and a gripper value, shape (1, 5, 7). */
export type Waypoints = ActionChunk<5, 7>;
