import {
  ActionChunk,
  type ActionDim,
  type CameraFrame,
  type InferenceTiming,
  SafeVLAExecutor,
  type SafeVLAExecutorOptions,
} from 'jetson-vla';
import { inverseKinematics } from '../../../examples/sim/kinematics.js';
import { JOINT_NAMES } from '../../../examples/sim/pick-world.js';
import { GUARDS } from '../../../examples/sim/safety.js';
import { createScene, HOME_TCP, type Scene } from '../../../examples/sim/scene.js';
import { SimStage, type StageOptions } from '../../../examples/sim/stage.js';
import { WatchedRobot } from './watched-robot.js';

/** Joints (rad) of the arm at home, tool down. */
export const HOME: readonly number[] = inverseKinematics(HOME_TCP);

/** One waypoint as a policy gives it: six joints, then the gripper. */
export type Row = readonly number[];

const JOINT_DIMS: readonly ActionDim[] = JOINT_NAMES.map((name) => ({ name, kind: 'joint', unit: 'rad' }));
const DIMS: readonly ActionDim[] = [...JOINT_DIMS, { name: 'gripper', kind: 'gripper', unit: 'unit' }];

export interface FaultChunk {
  readonly dims?: readonly ActionDim[];
  readonly secondsPerWaypoint?: number;
  /** Milliseconds on the robot's clock. Default: now. */
  readonly capturedAt?: number;
  /** Default: one more than the last. */
  readonly sequence?: number;
  /** The picture behind the chunk. */
  readonly frame?: CameraFrame;
  /** Milliseconds that the inference took. */
  readonly inferenceMs?: number;
}

/** The pick world with a guarded arm, its commands on record, and chunks made by hand. */
export class FaultStage implements Disposable {
  readonly sim: SimStage;
  readonly warnings: string[] = [];
  /** Called after each step of the physics, until the next {@link begin}. */
  onStep: () => void = () => {};
  readonly #executors: SafeVLAExecutor[] = [];
  #robot: WatchedRobot | undefined;
  #sequence = 0;

  constructor(options: Omit<StageOptions, 'onStep' | 'onWarning'> = {}) {
    // The camera is looked through by few tests.
    this.sim = new SimStage({ imageSize: 16, ...options, onStep: () => this.onStep() });
  }

  get robot(): WatchedRobot {
    if (this.#robot === undefined) throw new Error('begin first');
    return this.#robot;
  }

  /** A new episode: world, robot and executor as new. */
  begin(options: Partial<SafeVLAExecutorOptions> = {}, scene: Partial<Scene> = {}): SafeVLAExecutor {
    this.onStep = () => {};
    this.warnings.length = 0;
    this.#sequence = 0;
    if (this.sim.world.model.nmocap > 0) this.sim.world.moveObstacle(undefined);
    this.sim.reset({ ...createScene(1), ...scene });
    this.#robot = new WatchedRobot(this.sim.robot, this.sim.limits);
    return this.executor(options);
  }

  /** Another executor for the robot of this episode. */
  executor(options: Partial<SafeVLAExecutorOptions> = {}): SafeVLAExecutor {
    const { limits, collision } = this.sim;
    const executor = new SafeVLAExecutor(this.robot, {
      limits,
      collision,
      kinematics: collision,
      ...GUARDS,
      audit: false,
      onWarning: (text) => this.warnings.push(text),
      ...options,
    });
    this.#executors.push(executor);
    return executor;
  }

  chunk(rows: readonly Row[], options: FaultChunk = {}): ActionChunk {
    return this.chunkOn(Float32Array.from(rows.flat()), options);
  }

  /** A chunk on a buffer that the caller goes on writing to. */
  chunkOn(data: Float32Array, options: FaultChunk = {}): ActionChunk {
    const { dims = DIMS, secondsPerWaypoint = 0.2, frame, inferenceMs } = options;
    const sequence = options.sequence ?? ++this.#sequence;
    this.#sequence = sequence;
    return new ActionChunk({
      data,
      dims,
      secondsPerWaypoint,
      capturedAt: options.capturedAt ?? frame?.capturedAt ?? this.robot.clock.now(),
      sequence,
      ...(frame && { frameFingerprint: fingerprint(frame) }),
      ...(inferenceMs !== undefined && { timing: timingOf(inferenceMs) }),
    });
  }

  /** Hands a chunk over as a scheduler does, with its waypoints due from its capture on. */
  submit(executor: SafeVLAExecutor, chunk: ActionChunk) {
    const progress = executor.progressAt(chunk.capturedAt) + 1;
    return executor.submit({ chunk, waypoints: [...chunk], progress, instruction: '' });
  }

  /** Watches the motion for so many milliseconds of simulated time, at 50 Hz. */
  async tickFor(executor: SafeVLAExecutor, ms: number): Promise<void> {
    for (let end = this.robot.clock.now() + ms; this.robot.clock.now() < end; ) {
      await this.robot.clock.sleep(20);
      await executor.tick();
    }
  }

  /** Largest speed of any joint, rad/s. */
  speed(): number {
    return Math.max(...this.sim.world.jointVelocities().map(Math.abs));
  }

  [Symbol.dispose](): void {
    for (const executor of this.#executors) executor.dispose();
    this.sim[Symbol.dispose]();
  }
}

/** `count` waypoints that go on from `from` by `step` (rad) each. */
export function steps(from: readonly number[], step: readonly number[], count = 5, gripper = 0): Row[] {
  return Array.from({ length: count }, (_, k) => [
    ...from.map((value, joint) => value + (k + 1) * (step[joint] ?? 0)),
    gripper,
  ]);
}

/** Waypoints with the tool at these places, pointing down. */
export function toolRows(places: readonly (readonly [number, number, number])[], gripper = 0): Row[] {
  return places.map((place) => [...inverseKinematics(place), gripper]);
}

/** The same value for the same pixels. */
function fingerprint({ data }: CameraFrame): number {
  let hash = 0x811c9dc5;
  for (const byte of data) hash = Math.imul(hash ^ Number(byte), 0x01000193);
  return hash >>> 0;
}

function timingOf(totalMs: number): InferenceTiming {
  return { preprocessMs: 0, queueMs: 0, inferMs: totalMs, postprocessMs: 0, totalMs };
}
