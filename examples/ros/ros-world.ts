import { LATCHED, RELIABLE } from '../../lib/ros/qos.js';
import type { RosEntity, RosNode, TopicPublisher } from '../../lib/ros/ros-node.js';
import { liftedBlock } from '../sim/lifted-block.js';
import { FINGER_TRAVEL, JOINT_NAMES, PickWorld } from '../sim/pick-world.js';
import { createScene, type Scene } from '../sim/scene.js';
import { actionServer } from './action-server.js';
import { type CameraOptions, CameraPublisher } from './camera-publisher.js';
import { type GripperAction, GripperController } from './gripper-controller.js';
import { PaceReport } from './pace-report.js';
import { Period } from './period.js';
import { RealTimePhysics } from './real-time-physics.js';
import { timeMessage } from './stamp.js';
import { TrajectoryController } from './trajectory-controller.js';

const FINGER_JOINTS = ['left_finger', 'right_finger'];
const TICK_MS = 4;
const JUDGE_PERIOD_MS = 100;
/** As much of a camera: a picture without any is the same again and again, which looks like a frozen camera. */
const PIXEL_NOISE = 1;

export interface RosWorldOptions {
  /** Of the scene. Default 1. */
  readonly seed?: number;
  /** Images a second. Default 15. */
  readonly cameraHz?: number;
  /** Default 100. */
  readonly jointStateHz?: number;
  readonly camera?: Partial<CameraOptions>;
  /** Default `GripperCommand`. */
  readonly gripper?: GripperAction;
}

/**
 * The simulated arm as a ROS 2 robot in real time: `camera/image_raw`, `joint_states`,
 * `joint_trajectory_controller/follow_joint_trajectory`, `gripper_controller/gripper_cmd`, and for those who judge or
 * disturb it `~/held_block`, `~/joint_states` (the truth, whatever is disturbed) and a handful of services.
 */
export class RosWorld implements Disposable {
  readonly world = new PickWorld();
  readonly controller: TrajectoryController;
  readonly #node: RosNode;
  readonly #scene: Scene;
  readonly #physics: RealTimePhysics;
  readonly #camera: CameraPublisher;
  readonly #gripper: GripperController;
  readonly #gripperAction: GripperAction;
  readonly #jointStates: TopicPublisher<'sensor_msgs/msg/JointState'>;
  readonly #truth: TopicPublisher<'sensor_msgs/msg/JointState'>;
  readonly #heldBlock: TopicPublisher<'std_msgs/msg/String'>;
  readonly #services: readonly RosEntity[];
  readonly #timer: NodeJS.Timeout;
  readonly #periods: { readonly jointStates: Period; readonly judgement: Period; readonly camera: Period };
  readonly #pace: PaceReport;
  #servers: readonly RosEntity[] = [];
  #held: string | undefined;
  #cameraGone = false;
  #jointStatesGone = false;
  /** ROS time minus the process's own clock, ms; read anew at each tick, since the former may be set. */
  #offsetMs = 0;

  constructor(node: RosNode, options: RosWorldOptions = {}) {
    const { seed = 1, cameraHz = 15, jointStateHz = 100, gripper = 'GripperCommand' } = options;
    const camera = { encoding: 'bgr8', tracedSize: 128, compressed: false, ...options.camera } as const;
    const size = { width: camera.tracedSize, height: camera.tracedSize };
    this.#node = node;
    this.#scene = { ...createScene(seed), pixelNoise: PIXEL_NOISE };
    this.world.reset(this.#scene);
    this.#periods = {
      jointStates: new Period(1000 / jointStateHz),
      judgement: new Period(JUDGE_PERIOD_MS),
      camera: new Period(1000 / cameraHz),
    };
    this.#physics = new RealTimePhysics(this.world, () => performance.now());
    this.#pace = new PaceReport(this.#physics, cameraHz, (text) => node.log.warn(text));
    this.#camera = new CameraPublisher(node, this.world, { ...size, ...camera });
    const { world } = this;
    const nowMs = () => Number(node.now()) / 1e6;
    const arm = {
      jointNames: JOINT_NAMES,
      joints: () => world.joints(),
      jointVelocities: () => world.jointVelocities(),
    };
    this.controller = new TrajectoryController(arm, nowMs);
    const fingers = {
      joint: 'left_finger',
      position: () => world.fingers()[0] ?? 0,
      speed: () => world.fingerSpeed(),
      effort: () => world.fingerForce(),
      move: (position: number) => world.setFingers(position),
    };
    this.#gripper = new GripperController(fingers, nowMs);
    this.#gripperAction = gripper;
    this.#jointStates = node.advertise('sensor_msgs/msg/JointState', 'joint_states', RELIABLE);
    this.#truth = node.advertise('sensor_msgs/msg/JointState', '~/joint_states', RELIABLE);
    this.#heldBlock = node.advertise('std_msgs/msg/String', '~/held_block', LATCHED);
    this.#services = this.#serve();
    this.#startControllers();
    this.#follow();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The scene again as it was at the beginning, with the arm at home. */
  reset(): void {
    this.controller.hold();
    this.#gripper.hold();
    this.world.reset(this.#scene);
    this.controller.hold();
    this.#gripper.hold();
    this.world.setFingers(FINGER_TRAVEL);
    this.#follow();
  }

  #follow(): void {
    this.world.followReference(() => this.controller.update(this.#physics.timeMs + this.#offsetMs));
  }

  #startControllers(): void {
    if (this.#servers.length > 0) return;
    this.#servers = [
      actionServer(
        this.#node,
        'control_msgs/action/FollowJointTrajectory',
        'joint_trajectory_controller/follow_joint_trajectory',
        {
          refuses: (goal) => this.controller.refuses(goal),
          start: (goal) => {
            // What lies before this goal still belongs to the one before it.
            this.#advance();
            this.controller.start(goal);
          },
          cancel: (goal) => this.controller.cancel(goal),
        },
      ),
      this.#gripper.serve(this.#node, this.#gripperAction, 'gripper_controller/gripper_cmd'),
    ];
  }

  /** As if their process were killed: nobody is told, and the drives hold. */
  #stopControllers(): void {
    for (const server of this.#servers) server.dispose();
    this.#servers = [];
    this.controller.hold();
    this.#gripper.hold();
  }

  #serve(): RosEntity[] {
    const trigger = (name: string, message: string, work: () => void) =>
      this.#node.serve('std_srvs/srv/Trigger', `~/${name}`, async () => {
        work();
        return { success: true, message };
      });
    return [
      trigger('reset_scene', 'the scene is as at the beginning, and the arm at home', () => this.reset()),
      trigger('freeze_camera', 'the camera repeats one image', () => this.#camera.freeze()),
      trigger('stop_camera', 'no more images', () => {
        this.#cameraGone = true;
      }),
      trigger('stop_joint_states', 'no more joint states', () => {
        this.#jointStatesGone = true;
      }),
      trigger('stop_controllers', 'the controllers are gone', () => this.#stopControllers()),
      trigger('clear_faults', 'all is well again', () => {
        this.#cameraGone = false;
        this.#jointStatesGone = false;
        this.#camera.thaw();
        this.#startControllers();
      }),
    ];
  }

  #advance(): void {
    this.#offsetMs = Number(this.#node.now()) / 1e6 - performance.now();
    this.#physics.advance(() => this.#gripper.update(this.#physics.timeMs + this.#offsetMs));
  }

  #tick(): void {
    this.#advance();
    const now = this.#physics.timeMs;
    const { jointStates, judgement, camera } = this.#periods;
    if (jointStates.due(now)) this.#publishJointStates(now + this.#offsetMs);
    if (judgement.due(now)) this.#judge();
    if (camera.due(now)) {
      this.#pace.countImage();
      if (!this.#cameraGone) this.#camera.publish(now + this.#offsetMs);
    }
    this.#pace.tick(now);
  }

  #publishJointStates(atMs: number): void {
    const speed = this.world.fingerSpeed();
    const message = {
      header: { stamp: timeMessage(atMs), frame_id: '' },
      name: [...JOINT_NAMES, ...FINGER_JOINTS],
      position: [...this.world.joints(), ...this.world.fingers()],
      velocity: [...this.world.jointVelocities(), speed, speed],
      effort: [],
    };
    this.#truth.publish(message);
    if (!this.#jointStatesGone) this.#jointStates.publish(message);
  }

  #judge(): void {
    const held = liftedBlock(this) ?? '';
    if (held === this.#held) return;
    this.#held = held;
    this.#heldBlock.publish({ data: held });
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const entity of [...this.#services, ...this.#servers]) entity.dispose();
    this.#jointStates.dispose();
    this.#truth.dispose();
    this.#heldBlock.dispose();
    this.#camera.dispose();
    this.world.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
