import { setTimeout as delay } from 'node:timers/promises';
import { loadRclnodejs, RosNode, RosRobot } from 'jetson-vla/ros';
import { JOINT_NAMES } from '../examples/sim/pick-world.js';
import type { FollowJointTrajectoryGoal } from '../lib/ros/messages.js';
import { readJointState } from '../lib/ros/robot/joint-state-cdr.js';
import type { JointReference, JointTrajectory } from '../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../lib/trajectory/sample-trajectory.js';
import { fitWaypoints } from '../lib/trajectory/waypoint-curve.js';
import type { BenchResult } from './bench-result.js';
import { quantiles } from './quantiles.js';

const CONTROLLER = 'joint_trajectory_controller';
const ACTION = `${CONTROLLER}/follow_joint_trajectory`;
const FOLLOW = 'control_msgs/action/FollowJointTrajectory';
const STATE = 'control_msgs/msg/JointTrajectoryControllerState';

const GOALS = 60;
const PERIOD_MS = 100;
/** Of each goal before its start. */
const LEAD_MS = 50;
const WAYPOINT_S = 0.1;
const WAYPOINTS = 10;
/** Of the motion about where the arm is at the start: rad, rad/s per joint, and the change from chunk to chunk, rad. */
const AMPLITUDES = [0.3, 0.15, 0.25, 0.3, 0.2, 0.3];
const RATES = [1.5, 1.9, 1.3, 2.1, 1.7, 2.3];
const SHIFT = 0.01;

type Send = (trajectory: JointTrajectory) => Promise<void>;

interface Sample {
  readonly atMs: number;
  readonly positions: ArrayLike<number>;
}

/**
 * How far joint_trajectory_controller is from the plan while ten goals a second replace each other: the largest of the
 * joints, at each of its cycles. Ours are RosRobot's goals, which retrace what runs; the peer sends the new points alone,
 * with their velocities and accelerations and a start in the future, as is usual. Both plan the same motion.
 *
 * It needs the mock hardware of docs/ros.md, or another arm with these joints that may swing by 0.6 rad.
 *
 * @throws VLAError ROS_UNAVAILABLE without a sourced ROS 2, ROS_TIMEOUT without the controller
 */
export async function bench(): Promise<BenchResult> {
  using node = await RosNode.create(await loadRclnodejs(), { name: 'bench_goals' });
  await using robot = await RosRobot.connect(node, { jointNames: JOINT_NAMES });
  const ours = await deviations(node, robot, (trajectory) => robot.follow(trajectory));
  const client = node.actionClient(FOLLOW, ACTION);
  const peer = await deviations(node, robot, async (trajectory) => {
    await client.send(newPointsAlone(trajectory, robot), { timeoutMs: 1000 });
  });
  return {
    name: 'ros-goals',
    unit: 'mrad',
    ours: quantiles(ours),
    peer: { name: 'new points alone, start in the future', ...quantiles(peer) },
    ratio: quantiles(peer).p99 / quantiles(ours).p99,
  };
}

/** mrad */
async function deviations(node: RosNode, robot: RosRobot, send: Send): Promise<readonly number[]> {
  const samples: Sample[] = [];
  const plan: JointTrajectory[] = [];
  const listen = (cdr: unknown) => {
    if (!(cdr instanceof Uint8Array)) return;
    // As far as it goes, the message begins as a joint state: header, names, positions, velocities of the reference.
    const { header, position } = readJointState(cdr);
    samples.push({ atMs: robot.time.toClockMs(header.stamp), positions: position });
  };
  const state = node.raw.createSubscription(STATE, `${CONTROLLER}/controller_state`, { isRaw: true }, listen);
  try {
    await replaceAgainAndAgain(robot, plan, send);
  } finally {
    node.raw.destroySubscription(state);
  }
  const firstMs = plan[0]?.startMs ?? Number.NaN;
  return samples
    .filter(({ atMs }) => atMs >= firstMs)
    .map(({ atMs, positions }) => {
      const planned = plannedAt(plan, atMs)?.positions ?? [];
      return 1000 * Math.max(...planned.map((angle, joint) => Math.abs(angle - (positions[joint] ?? NaN))));
    });
}

async function replaceAgainAndAgain(robot: RosRobot, plan: JointTrajectory[], send: Send): Promise<void> {
  const { positions: home } = await robot.jointState();
  const zeros = home.map(() => 0);
  const beganMs = robot.clock.now() + PERIOD_MS;
  for (let goal = 0; goal < GOALS; goal++) {
    const startMs = goal === 0 ? beganMs : robot.clock.now() + LEAD_MS;
    const from = plannedAt(plan, startMs) ?? { positions: home, velocities: zeros, accelerations: zeros };
    const timesS = Array.from({ length: WAYPOINTS }, (_, index) => (index + 1) * WAYPOINT_S);
    const shift = SHIFT * Math.sin(1.7 * goal);
    const waypoints = timesS.map((timeS) => poseAt(home, (startMs - beganMs) / 1000 + timeS, shift));
    const trajectory = { startMs, points: fitWaypoints(from, waypoints, timesS) };
    await send(trajectory);
    plan.push(trajectory);
    await robot.clock.sleep(Math.max(0, beganMs + goal * PERIOD_MS - robot.clock.now()));
  }
  // Until the last one is at rest.
  await delay(1000 * WAYPOINT_S * WAYPOINTS + 500);
}

function poseAt(home: readonly number[], timeS: number, shift: number): readonly number[] {
  return home.map(
    (angle, joint) => angle + shift + (AMPLITUDES[joint] ?? 0) * (1 - Math.cos((RATES[joint] ?? 0) * timeS)),
  );
}

/** The newest that has begun. */
function plannedAt(plan: readonly JointTrajectory[], atMs: number): JointReference | undefined {
  const current = plan.findLast(({ startMs }) => startMs <= atMs);
  return current && sampleTrajectory(current.points, (atMs - current.startMs) / 1000);
}

function newPointsAlone({ startMs, points }: JointTrajectory, robot: RosRobot): FollowJointTrajectoryGoal {
  return {
    trajectory: {
      header: { stamp: robot.time.toStamp(startMs), frame_id: '' },
      joint_names: robot.jointNames,
      points: points.map(({ timeS, ...state }) => ({
        ...state,
        effort: [],
        time_from_start: { sec: Math.floor(timeS), nanosec: Math.round((timeS % 1) * 1e9) },
      })),
    },
    path_tolerance: [],
    goal_tolerance: [],
    goal_time_tolerance: { sec: 0, nanosec: 0 },
  };
}
