import type { MjData, MjModel } from '@mujoco/mujoco';
import { VLAError } from '../../errors.js';
import type { Clearances, CollisionChecker, Kinematics } from './collision-checker.js';
import { type AllowedPair, collisionPairs } from './mujoco/collision-pairs.js';
import { compileModel, type ModelSource } from './mujoco/compile-model.js';
import { type GripperFingers, type GripperMap, gripperMap } from './mujoco/gripper-map.js';
import { jointReach, type Mounted } from './mujoco/joint-reach.js';
import { loadMujoco, type Mujoco } from './mujoco/load-mujoco.js';
import { type ModelPoint, modelPoints } from './mujoco/model-points.js';
import { type ModelTables, readTables } from './mujoco/model-tables.js';
import { MovingObstacles, type ObstaclePose } from './mujoco/moving-obstacles.js';
import { type GeomPoses, NearestPair } from './mujoco/nearest-pair.js';
import {
  compose,
  into,
  poseAt,
  type RigidTransform,
  relative,
  type Vec3,
  vec3At,
} from './mujoco/rigid-transform.js';
import { type RobotStructure, robotStructure } from './mujoco/robot-structure.js';

export interface MujocoModelOptions {
  /** The model's names of the robot's joints, in the robot's order. */
  readonly jointNames: readonly string[];
  /** Names of sites or bodies: the tool centre point, then further points that must stay in the workspace. */
  readonly points: readonly string[];
  /** Pairs of geoms or bodies that may touch. */
  readonly allowed?: readonly AllowedPair[];
  /** How the gripper's 0 … 1 moves the fingers. Without it they stay as they are in the model. */
  readonly gripper?: GripperFingers;
  /** Bodies whose poses come in at run time, through `setObstacle` or `copyObstacles`. */
  readonly moving?: readonly string[];
  /**
   * Distances are exact up to here and given as this beyond, m; at least SafetyOptions' slowDistance. The larger, the
   * fewer questions a sweep asks. Default 0.5.
   */
  readonly maxDistance?: number;
}

interface Carried {
  readonly bodies: ReadonlySet<number>;
  readonly geoms: readonly { readonly geom: number; readonly pose: RigidTransform }[];
}

const NOTHING: Carried = { bodies: new Set(), geoms: [] };

/**
 * Collision checker and forward kinematics on a MuJoCo model. Distances are those of mj_geomDistance, between convex
 * shapes; a mesh counts as its convex hull. Where shapes overlap only the sign is exact: the depth may be off by
 * centimetres. About 20 µs a configuration. Dispose of it: WebAssembly memory is not
 * collected.
 */
export class MujocoCollisionModel implements CollisionChecker, Kinematics, Disposable {
  readonly pointNames: readonly string[];
  /** Stamp of the moving obstacle that was heard of longest ago, ms; −Infinity before the first. Absent without any. */
  readonly sceneStamp?: () => number;
  readonly #mujoco: Mujoco;
  readonly #model: MjModel;
  readonly #ownsModel: boolean;
  readonly #data: MjData;
  readonly #tables: ModelTables;
  readonly #structure: RobotStructure;
  readonly #points: readonly ModelPoint[];
  readonly #allowed: readonly AllowedPair[];
  readonly #fingers: GripperMap | undefined;
  readonly #obstacles: MovingObstacles;
  readonly #far: number;
  #carried: Carried = NOTHING;
  #reach: readonly number[];
  #environment: NearestPair;
  #self: NearestPair;
  #disposed = false;

  /**
   * Loads MuJoCo and a model of its own.
   *
   * @throws VLAError BACKEND_UNAVAILABLE, MODEL_INVALID, INVALID_ARGUMENT
   */
  static async load(options: MujocoModelOptions & ModelSource): Promise<MujocoCollisionModel> {
    const mujoco = await loadMujoco();
    const model = compileModel(mujoco, options);
    const moving = [...(options.moving ?? [])];
    try {
      return new MujocoCollisionModel(mujoco, model, { ...options, moving }, true);
    } catch (error) {
      model.delete();
      throw error;
    }
  }

  /**
   * Uses a model that somebody else owns and deletes after this object. Its own state (about 14 MB) keeps the poses of
   * the model apart from those of the owner's simulation.
   *
   * @throws VLAError INVALID_ARGUMENT
   */
  static fromModel(mujoco: Mujoco, model: MjModel, options: MujocoModelOptions): MujocoCollisionModel {
    return new MujocoCollisionModel(mujoco, model, options, false);
  }

  private constructor(mujoco: Mujoco, model: MjModel, options: MujocoModelOptions, ownsModel: boolean) {
    const { jointNames, points, allowed = [], gripper, moving = [], maxDistance = 0.5 } = options;
    if (!(maxDistance > 0 && Number.isFinite(maxDistance)))
      throw new VLAError('INVALID_ARGUMENT', `maxDistance must be above 0 m, got ${maxDistance}`);
    this.#mujoco = mujoco;
    this.#model = model;
    this.#ownsModel = ownsModel;
    this.#far = maxDistance;
    this.#allowed = allowed;
    this.#tables = readTables(mujoco, model);
    this.#structure = robotStructure(this.#tables, jointNames);
    this.#points = modelPoints(mujoco, model, points);
    this.pointNames = this.#points.map((point) => point.name);
    this.#fingers = gripper && gripperMap(this.#tables, gripper);
    this.#obstacles = new MovingObstacles(this.#tables, moving);
    ({ reach: this.#reach, environment: this.#environment, self: this.#self } = this.#plan(NOTHING));
    if (moving.length > 0) this.sceneStamp = () => this.#obstacles.oldestStamp;
    this.#data = new mujoco.MjData(model);
  }

  /** Upper bounds for all points of the robot, of what it carries, and {@link pointNames}. Changes with `attach`. */
  get reach(): readonly number[] {
    return this.#reach;
  }

  clearances(joints: readonly number[], gripper: number | undefined): Clearances {
    this.#place(joints, gripper);
    const poses = this.#geomPoses();
    const [mujoco, model, data] = [this.#mujoco, this.#model, this.#data];
    return {
      environment: this.#environment.find(mujoco, model, data, poses, this.#far),
      self: this.#self.find(mujoco, model, data, poses, this.#far),
    };
  }

  points(joints: readonly number[]): readonly Vec3[] {
    this.#place(joints, undefined);
    const { xpos, xmat, site_xpos } = this.#data;
    const base = poseAt(xpos, xmat, this.#structure.base);
    return this.#points.map(({ kind, index }) =>
      into(base, vec3At(kind === 'site' ? site_xpos : xpos, index)),
    );
  }

  /**
   * Moves one of the `moving` bodies, which is a mocap body or has a free joint.
   *
   * @param stampMs when it was there: milliseconds on the robot's clock
   * @throws VLAError INVALID_ARGUMENT, DISPOSED
   */
  setObstacle(name: string, pose: ObstaclePose, stampMs: number): void {
    this.#checkAlive();
    this.#obstacles.set(this.#data, name, pose, stampMs);
  }

  /**
   * Takes all poses but those of the robot's joints from another state of the same model: obstacles, doors, fingers.
   *
   * @throws VLAError INVALID_ARGUMENT, DISPOSED
   */
  copyObstacles(from: MjData, stampMs: number): void {
    this.#checkAlive();
    this.#obstacles.stampAll(stampMs);
    this.#data.qpos.set(from.qpos);
    if (this.#model.nmocap > 0) {
      this.#data.mocap_pos.set(from.mocap_pos);
      this.#data.mocap_quat.set(from.mocap_quat);
    }
  }

  /**
   * From now on the body moves with the tool, as it lies there with the robot at `joints`, and counts as robot. What
   * moves with the tool (the fingers) may touch it. In place of what was carried before.
   *
   * @throws VLAError INVALID_ARGUMENT, DISPOSED
   */
  attach(bodyName: string, joints: readonly number[], gripper?: number): void {
    this.#checkAlive();
    const root = this.#tables.bodies.findIndex((body) => body.name === bodyName);
    if (root <= 0 || this.#structure.isRobot[root])
      throw new VLAError('INVALID_ARGUMENT', `the model has no body ${bodyName} that the robot could carry`);
    this.#checkJoints(joints);
    this.#carry(NOTHING);
    this.#place(joints, gripper);
    const bodies = new Set([root]);
    // Children come after their parents.
    this.#tables.bodies.forEach((body, index) => {
      if (bodies.has(body.parent)) bodies.add(index);
    });
    const { xpos, xmat } = this.#data;
    const { positions, rotations } = this.#geomPoses();
    const tool = poseAt(xpos, xmat, this.#tool);
    const geoms = [...bodies].flatMap((body) =>
      (this.#tables.bodies[body]?.geoms ?? []).map((geom) => ({
        geom,
        pose: relative(tool, poseAt(positions, rotations, geom)),
      })),
    );
    this.#carry({ bodies, geoms });
  }

  /** What was carried is an obstacle again. Say where it is with `setObstacle` or `copyObstacles`. */
  detach(): void {
    this.#checkAlive();
    this.#carry(NOTHING);
  }

  /** Frees the state, and the model if it was loaded here. Safe to call again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#data.delete();
    if (this.#ownsModel) this.#model.delete();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The body of the tool centre point. */
  get #tool(): number {
    return this.#points[0]?.body ?? 0;
  }

  #carry(carried: Carried): void {
    const plan = this.#plan(carried);
    this.#reach = plan.reach;
    this.#environment = plan.environment;
    this.#self = plan.self;
    this.#carried = carried;
  }

  #plan(carried: Carried): { reach: readonly number[]; environment: NearestPair; self: NearestPair } {
    const { geoms } = this.#tables;
    const pairs = collisionPairs(this.#tables, this.#structure, this.#allowed, {
      bodies: carried.bodies,
      tool: this.#tool,
    });
    const load = carried.geoms.map(
      ({ geom, pose }): Mounted => ({
        body: this.#tool,
        pose,
        box: geoms[geom]?.box ?? [],
        radius: geoms[geom]?.radius ?? 0,
      }),
    );
    return {
      reach: jointReach(this.#tables, this.#structure, [...this.#points, ...load]),
      environment: new NearestPair(geoms, pairs.environment),
      self: new NearestPair(geoms, pairs.self),
    };
  }

  #place(joints: readonly number[], gripper: number | undefined): void {
    this.#checkAlive();
    this.#checkJoints(joints);
    const qpos: Float64Array = this.#data.qpos;
    this.#structure.joints.forEach((joint, index) => {
      qpos[joint.qpos] = joints[index] as number;
    });
    if (gripper !== undefined) this.#fingers?.(qpos, gripper);
    this.#mujoco.mj_kinematics(this.#model, this.#data);
    if (this.#carried.geoms.length > 0) this.#placeLoad();
  }

  #checkJoints(joints: readonly number[]): void {
    const wanted = this.#structure.joints;
    if (joints.length !== wanted.length || !joints.every(Number.isFinite))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected ${wanted.length} finite joint values, got [${joints.join(', ')}]`,
        { hint: `In the order ${wanted.map((joint) => joint.name).join(', ')}.` },
      );
  }

  #placeLoad(): void {
    const { xpos, xmat } = this.#data;
    const { positions, rotations } = this.#geomPoses();
    const tool = poseAt(xpos, xmat, this.#tool);
    for (const { geom, pose } of this.#carried.geoms) {
      const { position, rotation } = compose(tool, pose);
      positions.set(position, 3 * geom);
      rotations.set(rotation, 9 * geom);
    }
  }

  /** Views of the heap, which die when it grows: to be asked for after each call that may allocate. */
  #geomPoses(): GeomPoses {
    return { positions: this.#data.geom_xpos, rotations: this.#data.geom_xmat };
  }

  #checkAlive(): void {
    if (this.#disposed)
      throw new VLAError('DISPOSED', 'the collision model was disposed', { hint: 'Load it again.' });
  }
}
