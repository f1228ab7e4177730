import { readFileSync } from 'node:fs';
import type { MjData, MjModel } from '@mujoco/mujoco';
import type { JointReference } from 'jetson-vla';
import { inverseKinematics } from './kinematics.js';
import { mujoco } from './mujoco.js';
import type { BlockColor, Scene } from './scene.js';
import type { Vec3 } from './vector.js';

/** The arm's joints, base to tool, in the order of every joint vector of the simulation. */
export const JOINT_NAMES = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow',
  'wrist_roll',
  'wrist_pitch',
  'tool_roll',
] as const;

/** Travel of each finger, metres; also the opening to each side of the closed position. */
export const FINGER_TRAVEL = 0.04;
const BLOCK_COUNT = 3;
/** 0.1 s */
const SETTLING_STEPS = 25;
/** Where nothing sees or touches the obstacle: farther below the table than any ray reaches, metres. */
const OBSTACLE_PARKED: Vec3 = [0, 0, -50];
const obstacleBody = (size: Vec3) => `<body name="obstacle" mocap="true" pos="${OBSTACLE_PARKED.join(' ')}">
  <geom name="obstacle" type="box" size="${size.join(' ')}" rgba="0.6 0.2 0.6 1"/></body>`;

export interface PickWorldOptions {
  /**
   * Adds a box that {@link PickWorld.moveObstacle} carries about: of these half sides, m; true for a cube of 8 cm.
   * Default false.
   */
  readonly obstacle?: boolean | Vec3;
}

export interface Contact {
  readonly a: string;
  readonly b: string;
  /** Signed distance between the surfaces, metres; negative when they overlap. */
  readonly distance: number;
}

interface Address {
  readonly arm: readonly number[];
  readonly armVelocity: readonly number[];
  readonly fingers: readonly number[];
  readonly fingerVelocity: number;
  readonly blocks: readonly number[];
}

/**
 * The simulated world: arm, gripper, table and three blocks. It knows physics and geometry; tasks, policies and
 * safety live elsewhere. MuJoCo's array views detach when its heap grows, so they are read afresh on each use.
 */
export class PickWorld implements Disposable {
  readonly model: MjModel;
  readonly data: MjData;
  readonly timestep: number;
  #scene: Scene | undefined;
  #jointTarget: readonly number[] = [];
  #feedForward: readonly number[] = [];
  #reference: (() => JointReference | undefined) | undefined;
  #fingerTarget = FINGER_TRAVEL;
  #steps = 0;
  readonly #address: Address;
  readonly #geomNames: readonly string[];
  readonly #tcp: number;
  /** Seconds by which each joint's servo trails a moving target: its damping over its stiffness. */
  readonly #lag: readonly number[];
  readonly #blockBodies: readonly number[];

  constructor({ obstacle = false }: PickWorldOptions = {}) {
    const file = readFileSync(new URL('./world.xml', import.meta.url), 'utf8');
    const size: Vec3 = obstacle === true || obstacle === false ? [0.04, 0.04, 0.04] : obstacle;
    const xml = obstacle ? file.replace('</worldbody>', `${obstacleBody(size)}</worldbody>`) : file;
    const model = mujoco.MjModel.from_xml_string(xml);
    if (!model) throw new Error('world.xml could not be compiled');
    this.model = model;
    this.data = new mujoco.MjData(model);
    this.timestep = model.opt.timestep;
    const joint = (name: string) => this.#id(mujoco.mjtObj.mjOBJ_JOINT.value, name);
    const position = (name: string): number => model.jnt_qposadr[joint(name)];
    const velocity = (name: string): number => model.jnt_dofadr[joint(name)];
    const blocks = Array.from({ length: BLOCK_COUNT }, (_, index) => `block${index}`);
    this.#address = {
      arm: JOINT_NAMES.map(position),
      armVelocity: JOINT_NAMES.map(velocity),
      fingers: [position('left_finger'), position('right_finger')],
      fingerVelocity: velocity('left_finger'),
      blocks: blocks.map(position),
    };
    const geomName = (index: number): string => {
      const geom = model.geom(index);
      const { name } = geom;
      geom.delete();
      return name;
    };
    this.#geomNames = Array.from({ length: model.ngeom }, (_, index) => geomName(index));
    this.#lag = JOINT_NAMES.map((name, joint) => this.#servoLag(name, this.#address.armVelocity[joint] ?? 0));
    this.#tcp = this.#id(mujoco.mjtObj.mjOBJ_SITE.value, 'tcp');
    this.#blockBodies = blocks.map((name) => this.#id(mujoco.mjtObj.mjOBJ_BODY.value, name));
  }

  #id(type: number, name: string): number {
    const id = mujoco.mj_name2id(this.model, type, name);
    if (id < 0) throw new Error(`world.xml has no ${name}`);
    return id;
  }

  #servoLag(name: string, dof: number): number {
    const { actuator_gainprm: gains, actuator_biasprm: biases, dof_damping: damping } = this.model;
    // Ten parameters each; the first gain is the stiffness, the third bias the negative damping.
    const first = 10 * this.#id(mujoco.mjtObj.mjOBJ_ACTUATOR.value, name);
    return (damping[dof] - biases[first + 2]) / gains[first];
  }

  /** The scene of the last {@link reset}. */
  get scene(): Scene {
    if (!this.#scene) throw new Error('reset the world with a scene first');
    return this.#scene;
  }

  /** Puts the world into the initial state of `scene` and lets the blocks settle for 0.1 s. */
  reset(scene: Scene): void {
    this.#scene = scene;
    mujoco.mj_resetData(this.model, this.data);
    const { qpos } = this.data;
    const colors = this.model.geom_rgba;
    scene.blocks.forEach((block, index) => {
      colors.set(block.rgb, 4 * this.#geomNames.indexOf(`block${index}`));
      const half = block.yaw / 2;
      const pose = [...block.position, 0.02, Math.cos(half), 0, 0, Math.sin(half)];
      qpos.set(pose, this.#address.blocks[index]);
    });
    const home = inverseKinematics(scene.homeTcp);
    this.#address.arm.forEach((address, index) => {
      qpos[address] = home[index];
    });
    for (const address of this.#address.fingers) qpos[address] = FINGER_TRAVEL;
    this.#fingerTarget = FINGER_TRAVEL;
    this.setJointTarget(home);
    mujoco.mj_forward(this.model, this.data);
    for (let step = 0; step < SETTLING_STEPS; step++) mujoco.mj_step(this.model, this.data);
  }

  /** Simulated seconds since the reset. */
  get time(): number {
    return this.data.time;
  }

  /** Physics steps since the world was made; resets neither set them back nor count. */
  get steps(): number {
    return this.#steps;
  }

  /** Steps the physics by {@link timestep} seconds. */
  step(): void {
    const reference = this.#reference?.();
    if (reference) this.#servo(reference);
    mujoco.mj_step(this.model, this.data);
    this.#steps++;
  }

  /** The joint angles (rad) that the arm's controllers hold. */
  get jointTarget(): readonly number[] {
    return this.#jointTarget;
  }

  /** The controllers hold these joint angles (rad) from now on. */
  setJointTarget(target: readonly number[]): void {
    this.#reference = undefined;
    this.#servo({ positions: target });
  }

  /**
   * The controllers follow a reference from now on, which they ask for before each step; they go on holding the last
   * one while it is undefined.
   */
  followReference(reference: () => JointReference | undefined): void {
    this.#reference = reference;
  }

  /** Whether the controllers follow a reference: not since the last {@link setJointTarget} or {@link reset}. */
  get followsReference(): boolean {
    return this.#reference !== undefined;
  }

  /** The box appears with its centre at `position`, or leaves. For worlds that were made with one. */
  moveObstacle(position: Vec3 | undefined): void {
    this.data.mocap_pos.set(position ?? OBSTACLE_PARKED);
  }

  #servo({ positions, velocities }: Partial<JointReference> & Pick<JointReference, 'positions'>): void {
    this.#jointTarget = [...positions];
    this.#feedForward = velocities ? velocities.map((v, joint) => v * (this.#lag[joint] ?? 0)) : [];
    this.#writeControl();
  }

  get gripperClosed(): boolean {
    return this.#fingerTarget < FINGER_TRAVEL / 2;
  }

  setGripper(closed: boolean): void {
    this.setFingers(closed ? 0 : FINGER_TRAVEL);
  }

  /** The gripper's controller moves each finger there from now on: 0 closed … {@link FINGER_TRAVEL} open, m. */
  setFingers(target: number): void {
    this.#fingerTarget = Math.min(FINGER_TRAVEL, Math.max(0, target));
    this.#writeControl();
  }

  #writeControl(): void {
    const arm = this.#jointTarget.map((target, joint) => target + (this.#feedForward[joint] ?? 0));
    this.data.ctrl.set([...arm, this.#fingerTarget]);
  }

  /** Measured joint angles, rad. */
  joints(): number[] {
    const { qpos } = this.data;
    return this.#address.arm.map((address): number => qpos[address]);
  }

  /** Measured joint velocities, rad/s. */
  jointVelocities(): number[] {
    const { qvel } = this.data;
    return this.#address.armVelocity.map((address): number => qvel[address]);
  }

  /** Measured opening of each finger, left and right, m. */
  fingers(): number[] {
    const { qpos } = this.data;
    return this.#address.fingers.map((address): number => qpos[address]);
  }

  /** Force of the gripper's actuator, N. */
  fingerForce(): number {
    return Math.abs(this.data.actuator_force[this.model.nu - 1]);
  }

  /** Closing speed of a finger, m/s. */
  fingerSpeed(): number {
    return Math.abs(this.data.qvel[this.#address.fingerVelocity]);
  }

  /** Range of each joint, rad. */
  jointRanges(): [number, number][] {
    const ranges = this.model.jnt_range;
    return JOINT_NAMES.map((name) => {
      const joint = this.#id(mujoco.mjtObj.mjOBJ_JOINT.value, name);
      return [ranges[2 * joint], ranges[2 * joint + 1]];
    });
  }

  /** Measured tool centre point. */
  tcp(): Vec3 {
    const sites = this.data.site_xpos;
    return [sites[3 * this.#tcp], sites[3 * this.#tcp + 1], sites[3 * this.#tcp + 2]];
  }

  /** Centre of a block. */
  blockPosition(index: number): Vec3 {
    const body = this.#blockBodies[index] ?? 0;
    const { xpos } = this.data;
    return [xpos[3 * body], xpos[3 * body + 1], xpos[3 * body + 2]];
  }

  blockIndex(color: BlockColor): number {
    return this.scene.blocks.findIndex((block) => block.color === color);
  }

  /** Contacts of the present state, or of another state of the same model. */
  contacts(data: MjData = this.data): Contact[] {
    // Every handle that comes out of the WebAssembly heap must be deleted, or a long run leaks.
    const list = data.contact;
    const contacts: Contact[] = [];
    for (let index = 0; index < list.size(); index++) {
      const contact = list.get(index);
      if (!contact) continue;
      contacts.push({
        a: this.#geomNames[contact.geom1] ?? '',
        b: this.#geomNames[contact.geom2] ?? '',
        distance: contact.dist,
      });
      contact.delete();
    }
    list.delete();
    return contacts;
  }

  /** The block that both finger pads touch, or undefined. */
  heldBlock(): number | undefined {
    const touched = { left_pad: new Set<string>(), right_pad: new Set<string>() };
    for (const { a, b } of this.contacts()) {
      for (const [pad, other] of [
        [a, b],
        [b, a],
      ] as const) {
        if (pad === 'left_pad' || pad === 'right_pad') touched[pad].add(other);
      }
    }
    const held = this.scene.blocks.findIndex(
      (_, index) => touched.left_pad.has(`block${index}`) && touched.right_pad.has(`block${index}`),
    );
    return held < 0 ? undefined : held;
  }

  /** Contacts with the arm at `joints` and all else as it is now, found in `data`, another state of the model. */
  contactsAt(data: MjData, joints: readonly number[]): Contact[] {
    const { qpos } = data;
    qpos.set(this.data.qpos);
    data.mocap_pos.set(this.data.mocap_pos);
    this.#address.arm.forEach((address, index) => {
      qpos[address] = joints[index];
    });
    mujoco.mj_kinematics(this.model, data);
    mujoco.mj_collision(this.model, data);
    return this.contacts(data);
  }

  dispose(): void {
    this.data.delete();
    this.model.delete();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
