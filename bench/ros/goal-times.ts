import { fileURLToPath } from 'node:url';
import { JOINT_NAMES } from '../../examples/sim/pick-world.js';
import type { TimeMessage } from '../../lib/ros/messages.js';
import { CleanupStack } from '../../lib/ros/node/cleanup-stack.js';
import { RELIABLE } from '../../lib/ros/qos.js';
import type { Rcl } from '../../lib/ros/rcl.js';
import { RosNode } from '../../lib/ros/ros-node.js';
import { publishJointStates } from '../../test/ros/servers/joint-state-publisher.js';
import { JointTrajectoryServer } from '../../test/ros/servers/joint-trajectory-server.js';
import { CAMERA_HZ, Camera } from './camera.js';
import { FRAME_NUMBERS, FrameLog } from './frame-log.js';
import { nearestFrame, type SentFrame } from './nearest-frame.js';
import { PIXEL_POSE } from './pixel-policy.js';
import type { Place } from './place.js';
import { vlaNode } from './sides.js';

const START_S = 60;
const RESET_MS = 1000;
const PERIOD_MS = 1000 / CAMERA_HZ;
const INSTRUCTION = 'hold still';
const file = (relative: string) => fileURLToPath(new URL(`../../examples/${relative}`, import.meta.url));

/** The simulated arm's guards, as far as the node has parameters for them. A busy machine must not end the run. */
const GUARDS = [
  ['joint-limits', file('ros/joint_limits.yaml')],
  ['collision-model', file('sim/world.xml')],
  ['collision-points', 'tcp,forearm,wrist'],
  ['collision-allowed', '*_pad block*,*_finger block*,shoulder table'],
  ['workspace', '-0.3,-0.7,0,0.9,0.7,1.2'],
  ['max-tcp-speed', '0.6'],
  ['max-image-age', '5.0'],
  ['max-joint-age', '5.0'],
  ['watchdog-timeout', '5.0'],
  ['server-timeout', '5.0'],
  ['gripper-action', ''],
] as const;

export interface GoalTimes {
  /** Milliseconds from a frame to the arrival of its goal at the controller. */
  readonly goal: readonly number[];
  /** Milliseconds from a frame to the arrival of its `vla/trajectory`. */
  readonly trajectory: readonly number[];
  /** Milliseconds between these two. */
  readonly between: readonly number[];
  /** Frames without a goal. */
  readonly missed: number;
}

/**
 * Lets the node move an arm in this process: each frame asks for a pose a little beside the last one. A goal belongs to
 * the newest `vla/trajectory` before it, and that to the frame with its stamp.
 *
 * @param rateHz of the node's timer
 */
export async function goalTimes(
  rcl: Rcl,
  bundle: string,
  { rateHz, frames, image }: { rateHz: number; frames: number; image: { width: number; height: number } },
  place: Place,
): Promise<GoalTimes> {
  await using cleanup = new CleanupStack();
  const { namespace } = place;
  const node = await RosNode.create(rcl, { name: 'bench_robot', namespace });
  cleanup.add(() => node.dispose());
  const run = new GoalRun();
  const server = new JointTrajectoryServer(rcl, node, {
    jointNames: JOINT_NAMES,
    start: PIXEL_POSE,
    refuses: () => {
      run.goalArrived(performance.now());
      return false;
    },
  });
  cleanup.add(() => server.dispose());
  const joints = publishJointStates(node, () =>
    Object.fromEntries(JOINT_NAMES.map((name, joint) => [name, server.positions[joint] ?? 0])),
  );
  cleanup.add(() => joints[Symbol.dispose]());
  node.subscribe('trajectory_msgs/msg/JointTrajectory', 'vla/trajectory', RELIABLE, ({ header }) =>
    run.trajectoryArrived(header.stamp, performance.now()),
  );
  const instruction = node.advertise('std_msgs/msg/String', 'vla/instruction', RELIABLE);
  const camera = new Camera(node, namespace, run.log, {
    ...image,
    moving: true,
    onFrame: (number, stamp) => run.sent(number, stamp),
  });
  cleanup.add(() => camera.dispose());
  const options = [
    ...GUARDS.map(([name, value]) => `--${name}=${value}`),
    '--control-mode=timer',
    `--inference-rate-hz=${rateHz}`,
    `--control-rate-hz=${rateHz}`,
    '--success-condition=none',
    '--audit=off',
  ];
  const process = vlaNode(bundle, options, place);
  cleanup.add(() => process[Symbol.asyncDispose]());
  const reset = node.client('std_srvs/srv/Trigger', 'vla_node/reset');
  const goOn = () => {
    // Where the machine stood still the guards have stopped the arm; then, as at the start, it has to be told again.
    if (reset.available()) reset.call({}, RESET_MS).catch(() => {});
    instruction.publish({ data: INSTRUCTION });
  };
  let seen = 0;
  let shown = 0;
  const over = (enough: () => boolean, limit: number) => () => {
    process.check();
    if (shown % CAMERA_HZ === 0) {
      if (run.goals === seen) goOn();
      seen = run.goals;
    }
    if (shown++ > limit) throw process.failure(`too few goals for ${limit} frames`);
    return enough();
  };
  await camera.publish(over(() => run.goals > CAMERA_HZ, START_S * CAMERA_HZ));
  run.begin();
  let left = frames;
  shown = 0;
  await camera.publish(over(() => left-- === 0, frames));
  return run.end();
}

class GoalRun {
  readonly log = new FrameLog();
  goals = 0;
  readonly #trajectories = new FrameLog();
  #between: number[] = [];
  #sent: readonly SentFrame[] = [];
  #trajectory: { readonly number: number; readonly atMs: number } | undefined;

  sent(number: number, stamp: TimeMessage): void {
    this.#trajectories.sent(number, performance.now());
    this.#sent = [...this.#sent.slice(1 - FRAME_NUMBERS / 2), { number, stampMs: milliseconds(stamp) }];
  }

  trajectoryArrived(stamp: TimeMessage, atMs: number): void {
    const frame = nearestFrame(this.#sent, milliseconds(stamp), PERIOD_MS);
    if (frame === undefined) return;
    this.#trajectories.answered(frame.number, atMs);
    this.#trajectory = { number: frame.number, atMs };
  }

  goalArrived(atMs: number): void {
    this.goals++;
    if (this.#trajectory === undefined) return;
    this.log.answered(this.#trajectory.number, atMs);
    this.#between.push(atMs - this.#trajectory.atMs);
    // A second goal without a new trajectory is no answer to a frame.
    this.#trajectory = undefined;
  }

  begin(): void {
    this.log.take();
    this.#trajectories.take();
    this.#between = [];
  }

  end(): GoalTimes {
    const { latencies, missed } = this.log.take();
    return {
      goal: latencies,
      trajectory: this.#trajectories.take().latencies,
      between: this.#between,
      missed,
    };
  }
}

function milliseconds({ sec, nanosec }: TimeMessage): number {
  return sec * 1000 + nanosec / 1e6;
}
