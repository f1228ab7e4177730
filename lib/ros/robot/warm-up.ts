import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import type { RosNode } from '../ros-node.js';
import { trajectoryGoal } from './trajectory-goal.js';

/** As many as a chunk with its retraced part has, and as often as the compiler needs to see them. */
const POINTS = 16;
const GOALS = 4;

/**
 * Sends goals to an action that nobody serves. The first ones of a process take many times as long as those after them
 * (94 against 7 ms, in which nothing else runs), and a robot that was just told to move must be watched.
 */
export async function warmUpGoals(node: RosNode, jointNames: readonly string[]): Promise<void> {
  const client = node.actionClient(
    'control_msgs/action/FollowJointTrajectory',
    `${node.fullName}/warm_up_${process.pid}`,
  );
  const zeros = jointNames.map(() => 0);
  const points = Array.from(
    { length: POINTS },
    (_, index): TrajectoryPoint => ({
      timeS: index,
      positions: zeros,
      velocities: zeros,
      accelerations: zeros,
    }),
  );
  const goal = trajectoryGoal(jointNames, [], { startMs: 0, points }, 0, () => ({ sec: 0, nanosec: 0 }));
  try {
    for (let count = 0; count < GOALS; count++) {
      client.send(goal, { timeoutMs: 1 }).catch(() => {});
      // In between, others get their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    client.dispose();
  }
}
