import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CancelGoalRequest } from '../../../lib/ros/messages.js';
import { GoalCancelService } from '../../../lib/ros/robot/goal-cancel-service.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, type TestGraph, until } from '../harness.js';

const PATIENT_MS = 10_000;

describe('the cancel service of an action', () => {
  let graph: TestGraph;
  let node: RosNode;
  let cancel: GoalCancelService;
  let asked: CancelGoalRequest[];

  beforeEach(async () => {
    asked = [];
    graph = newGraph();
    node = await graph.node('bridge');
    cancel = new GoalCancelService(node, 'arm/move');
  });
  afterEach(() => {
    cancel.dispose();
    graph.dispose();
  });

  async function serving(return_code: number): Promise<void> {
    const server = await graph.node('server');
    server.serve('action_msgs/srv/CancelGoal', 'arm/move/_action/cancel_goal', async (request) => {
      asked.push(request);
      return { return_code, goals_canceling: [] };
    });
    await until(() => cancel.available);
  }

  const bytes = ({ goal_info }: CancelGoalRequest) => Array.from(goal_info.goal_id.uuid);

  it('is that of the action to which the name was remapped', async () => {
    cancel.dispose();
    const args = ['--ros-args', '-r', 'move:=arm/move'];
    cancel = new GoalCancelService(await graph.node('remapped', { args }), 'move');
    await serving(0);
    await cancel.cancelAll(PATIENT_MS);
    expect(asked).toHaveLength(1);
  });

  it('is asked for every goal by zeros', async () => {
    await serving(0);
    await cancel.cancelAll(PATIENT_MS);
    expect(asked.map(bytes)).toEqual([new Array(16).fill(0)]);
    expect(asked[0]?.goal_info.stamp).toEqual({ sec: 0, nanosec: 0 });
  });

  it('is asked for a sign of life by goals that nobody has sent, never by zeros', async () => {
    await serving(2);
    expect(await cancel.answers(PATIENT_MS)).toBe(true);
    expect(await cancel.answers(PATIENT_MS)).toBe(true);
    const [one, other] = asked.map(bytes);
    expect(one?.some((byte) => byte !== 0)).toBe(true);
    expect(other).not.toEqual(one);
  });

  it('must not be refused', async () => {
    await serving(1);
    await expect(cancel.cancelAll(PATIENT_MS)).rejects.toMatchObject({
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('refuses to cancel'),
    });
  });

  it('may say that the goals have ended', async () => {
    await serving(3);
    await cancel.cancelAll(PATIENT_MS);
  });

  it('gives no sign of life and confirms nothing when nobody is there', async () => {
    expect(await cancel.answers(200)).toBe(false);
    await expect(cancel.cancelAll(200)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  });
});
