import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GripperCommandGoal } from '../../../lib/ros/messages.js';
import { LATCHED, qosProfile } from '../../../lib/ros/qos.js';
import type { RclServerGoal } from '../../../lib/ros/rcl.js';
import type { ActionClientHandle, RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';

const TYPE = 'control_msgs/action/GripperCommand';
const RESULT = { position: 0.02, effort: 5, stalled: false, reached_goal: true };
const GOAL: GripperCommandGoal = { command: { position: 0.02, max_effort: 5 } };
const ALL = { goal_info: { goal_id: { uuid: new Uint8Array(16) }, stamp: { sec: 0, nanosec: 0 } } };

let graph: TestGraph;
let server: RosNode;
let node: RosNode;
beforeEach(async () => {
  graph = newGraph();
  server = await graph.node('controller');
  node = await graph.node('bridge');
});
afterEach(() => graph.dispose());

interface ServerOptions {
  readonly accept?: boolean;
  readonly cancel?: number;
}

async function client(
  execute: (goal: RclServerGoal) => Promise<object> | object,
  { accept = true, cancel = rcl.CancelResponse.ACCEPT }: ServerOptions = {},
): Promise<ActionClientHandle<typeof TYPE>> {
  new rcl.ActionServer(
    server.raw,
    TYPE,
    'gripper',
    execute,
    () => (accept ? rcl.GoalResponse.ACCEPT : rcl.GoalResponse.REJECT),
    undefined,
    () => cancel,
  );
  const handle = node.actionClient(TYPE, 'gripper');
  await until(() => handle.available());
  return handle;
}

async function untilCanceled(goal: RclServerGoal): Promise<object> {
  await until(() => goal.isCancelRequested);
  goal.canceled();
  return { ...RESULT, reached_goal: false };
}

describe('a goal', () => {
  test('that succeeds brings its result', async () => {
    const goals: unknown[] = [];
    const gripper = await client((goal) => {
      goals.push(goal.request.toPlainObject());
      goal.succeed();
      return RESULT;
    });
    const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
    expect(await goal.ended).toEqual({ end: 'succeeded', result: RESULT });
    expect(goals).toEqual([GOAL]);
  });

  test('that is refused is an error', async () => {
    const gripper = await client(() => RESULT, { accept: false });
    await expect(gripper.send(GOAL, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'ROS_GOAL_REJECTED',
    });
  });

  test('whose execution throws is aborted', async () => {
    const gripper = await client(() => {
      throw new Error('jammed');
    });
    const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
    expect(await goal.ended).toMatchObject({ end: 'aborted' });
  });

  test('of which nothing was said when its execution returns is aborted', async () => {
    const gripper = await client(() => RESULT);
    const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
    expect(await goal.ended).toMatchObject({ end: 'aborted' });
  });

  test('brings no feedback to a client that asks for more than it is offered with: who wants none pays for none', async () => {
    const seen = { wanting: 0, unwilling: 0 };
    await client(async (goal) => {
      await until(() => {
        goal.publishFeedback(RESULT);
        return seen.wanting > 5 || seen.unwilling > 0;
      });
      goal.succeed();
      return RESULT;
    });
    const wanting = new rcl.ActionClient(node.raw, TYPE, 'gripper');
    const feedbackSubQosProfile = qosProfile(rcl, LATCHED);
    const unwilling = new rcl.ActionClient(node.raw, TYPE, 'gripper', { qos: { feedbackSubQosProfile } });
    await until(() => wanting.isActionServerAvailable());
    const ends = await Promise.all([
      wanting.sendGoal(GOAL, () => seen.wanting++).then((goal) => goal.getResult()),
      unwilling.sendGoal(GOAL, () => seen.unwilling++).then((goal) => goal.getResult()),
    ]);
    expect(ends).toMatchObject([RESULT, RESULT]);
    expect(seen).toEqual({ wanting: expect.any(Number), unwilling: 0 });
  });

  test('with a misspelled field is not sent', async () => {
    const gripper = await client(() => RESULT);
    const misspelled = { command: { position: 0, max_effort: 0, max_efort: 1 } };
    await expect(gripper.send(misspelled, { timeoutMs: 10_000 })).rejects.toThrow(/max_efort/);
  });

  test('to nobody is an error in time', async () => {
    const gripper = node.actionClient(TYPE, 'nobody');
    expect(gripper.available()).toBe(false);
    await expect(gripper.send(GOAL, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  });
});

describe('cancelling', () => {
  test('ends the goal when the server allows it', async () => {
    const gripper = await client(untilCanceled);
    const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
    await goal.cancel(10_000);
    expect(await goal.ended).toMatchObject({ end: 'canceled', result: { reached_goal: false } });
  });

  test('leaves a goal whose server refuses', async () => {
    let release = () => {};
    const gripper = await client(
      (goal) =>
        new Promise((resolve) => {
          release = () => {
            goal.succeed();
            resolve(RESULT);
          };
        }),
      { cancel: rcl.CancelResponse.REJECT },
    );
    const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
    await goal.cancel(10_000);
    release();
    expect(await goal.ended).toMatchObject({ end: 'succeeded' });
  });

  test('with a zero id through the plain service ends every goal of every client', async () => {
    const gripper = await client(untilCanceled);
    const other = (await graph.node('other')).actionClient(TYPE, 'gripper');
    await until(() => other.available());
    const goals = [
      await gripper.send(GOAL, { timeoutMs: 10_000 }),
      await other.send(GOAL, { timeoutMs: 10_000 }),
    ];
    const cancel = node.client('action_msgs/srv/CancelGoal', 'gripper/_action/cancel_goal');
    await until(() => cancel.available());
    const answer = await cancel.call(ALL, 10_000);
    expect(answer.return_code).toBe(0);
    expect(answer.goals_canceling).toHaveLength(2);
    for (const goal of goals) expect(await goal.ended).toMatchObject({ end: 'canceled' });
  });

  test('an unknown goal is told, and that there is none is no error', async () => {
    await client(untilCanceled);
    const cancel = node.client('action_msgs/srv/CancelGoal', 'gripper/_action/cancel_goal');
    await until(() => cancel.available());
    const unknown = { ...ALL.goal_info, goal_id: { uuid: new Uint8Array(16).fill(7) } };
    expect(await cancel.call({ goal_info: unknown }, 10_000)).toMatchObject({
      return_code: 2,
      goals_canceling: [],
    });
    expect(await cancel.call(ALL, 10_000)).toMatchObject({ return_code: 0, goals_canceling: [] });
  });
});

test('the graph tells actions by name and type', async () => {
  await client(() => RESULT);
  const name = `${graph.namespace}/gripper`;
  await until(() => node.actions().some((action) => action.name === name));
  expect(node.actions()).toContainEqual({ name, types: [TYPE] });
});

test('a trajectory arrives with all its points, and lists that were left out are empty', async () => {
  const received: unknown[] = [];
  new rcl.ActionServer(server.raw, 'control_msgs/action/FollowJointTrajectory', 'follow', (goal) => {
    received.push(goal.request.toPlainObject());
    goal.succeed();
    return { error_code: 0, error_string: '' };
  });
  const follow = node.actionClient('control_msgs/action/FollowJointTrajectory', 'follow');
  await until(() => follow.available());
  const points = [0, 1, 2].map((sec) => ({
    positions: [0.1 * sec, 1],
    velocities: [0, 0],
    accelerations: [0, 0],
    effort: [],
    time_from_start: { sec, nanosec: 5 },
  }));
  const header = { stamp: { sec: 1, nanosec: 2 }, frame_id: '' };
  const tolerance = { name: 'a', position: 0.1, velocity: -1, acceleration: 0 };
  const goal = await follow.send(
    {
      trajectory: { header, joint_names: ['a', 'b'], points },
      path_tolerance: [tolerance],
      goal_tolerance: [tolerance],
      goal_time_tolerance: { sec: 1, nanosec: 0 },
    },
    { timeoutMs: 10_000 },
  );
  expect(await goal.ended).toMatchObject({ end: 'succeeded', result: { error_code: 0 } });
  expect(received[0]).toMatchObject({
    trajectory: {
      header,
      joint_names: ['a', 'b'],
      points: points.map(({ time_from_start, positions }) => ({
        time_from_start,
        positions: Float64Array.from(positions),
      })),
    },
    path_tolerance: [tolerance],
    component_path_tolerance: [],
    goal_time_tolerance: { sec: 1, nanosec: 0 },
  });
});
