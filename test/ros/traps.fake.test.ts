import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GripperCommandGoal } from '../../lib/ros/messages.js';
import { qosProfile, RELIABLE } from '../../lib/ros/qos.js';
import { PARAMETER_TYPE } from '../../lib/ros/rcl.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import { freeze, kill, onFatal } from '../fakes/rclnodejs/faults.js';
import { newGraph, rcl, type TestGraph, until } from './harness.js';

let graph: TestGraph;
let from: RosNode;
let to: RosNode;
let fatal: unknown[];
let restore: () => void;

beforeEach(async () => {
  graph = newGraph();
  from = await graph.node('from');
  to = await graph.node('to');
  fatal = [];
  restore = onFatal((error) => fatal.push(error));
});
afterEach(() => {
  graph.dispose();
  restore();
});

const STRING = 'std_msgs/msg/String';
const reliable = () => ({ qos: qosProfile(rcl, RELIABLE) });

describe('a throw inside a callback', () => {
  test('of a plain subscription ends the process', async () => {
    to.raw.createSubscription(STRING, 'chatter', reliable(), () => {
      throw new Error('boom');
    });
    from.raw.createPublisher(STRING, 'chatter', reliable()).publish({ data: 'x' });
    await until(() => fatal.length > 0);
  });

  test('of a RosNode is reported, and the next message is received', async () => {
    const errors: string[] = [];
    const received: string[] = [];
    to.onError = ({ message }) => {
      errors.push(message);
      throw new Error('the listener of errors fails too');
    };
    to.subscribe(STRING, 'chatter', RELIABLE, ({ data }) => {
      if (data === 'bad') throw new Error('boom');
      received.push(data);
    });
    const publisher = from.advertise(STRING, 'chatter', RELIABLE);
    publisher.publish({ data: 'bad' });
    publisher.publish({ data: 'good' });
    await until(() => received.length > 0);
    expect(errors).toEqual([expect.stringContaining('boom')]);
    expect(fatal).toEqual([]);
  });
});

describe('a typed array', () => {
  const pool = Uint8Array.of(9, 9, 1, 2, 3);

  test('that is a view is sent from the start of its buffer by rclnodejs', async () => {
    const received = images();
    const publisher = from.raw.createPublisher('sensor_msgs/msg/Image', 'image', reliable());
    publisher.publish({ data: pool.subarray(2) });
    await until(() => received.length > 0);
    expect(received[0]).toEqual(Uint8Array.of(9, 9, 1));
  });

  test('that is a view is sent whole by RosNode', async () => {
    const received = images();
    const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
    const image = { header, height: 1, width: 3, encoding: 'mono8', is_bigendian: 0, step: 3 };
    from.advertise('sensor_msgs/msg/Image', 'image', RELIABLE).publish({ ...image, data: pool.subarray(2) });
    await until(() => received.length > 0);
    expect(received[0]).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('of doubles in a field of floats comes out as something else', async () => {
    const received: ArrayLike<number>[] = [];
    to.subscribe('std_msgs/msg/Float32MultiArray', 'actions', RELIABLE, ({ data }) => received.push(data));
    const publisher = from.raw.createPublisher('std_msgs/msg/Float32MultiArray', 'actions', reliable());
    publisher.publish({ data: Float64Array.of(0.5, 0.25) });
    await until(() => received.length > 0);
    expect(Array.from(received[0] ?? [])).not.toEqual([0.5, 0.25]);
  });

  function images(): Uint8Array[] {
    const received: Uint8Array[] = [];
    to.subscribe('sensor_msgs/msg/Image', 'image', RELIABLE, ({ data }) => received.push(data));
    return received;
  }
});

describe('a field', () => {
  test('that is misspelled is dropped by rclnodejs, and refused by RosNode', async () => {
    const received: string[] = [];
    to.subscribe(STRING, 'chatter', RELIABLE, ({ data }) => received.push(data));
    from.raw.createPublisher(STRING, 'chatter', reliable()).publish({ dta: 'lost' });
    await until(() => received.length > 0);
    expect(received).toEqual(['']);
    const misspelled = { data: '', dta: 'lost' };
    expect(() => from.advertise(STRING, 'chatter', RELIABLE).publish(misspelled)).toThrow(/dta/);
  });

  test('of 64 bits takes a BigInt only', () => {
    const publisher = from.raw.createPublisher('lifecycle_msgs/msg/TransitionEvent', 'event', reliable());
    expect(() => publisher.publish({ timestamp: 5 })).toThrow(TypeError);
    expect(() => publisher.publish({ timestamp: 5n })).not.toThrow();
  });
});

describe('an action server that died', () => {
  test('answers nothing and looks available for a while: a goal that runs never ends', async () => {
    const send = await gripper(() => new Promise(() => undefined));
    const goal = await send();
    let ended = false;
    void goal.ended.then(() => {
      ended = true;
    });
    kill(from.raw, 1500);
    const client = to.actionClient('control_msgs/action/GripperCommand', 'gripper');
    expect(client.available()).toBe(true);
    await expect(send()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    await expect(goal.cancel(100)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    await until(() => !client.available());
    expect(ended).toBe(false);
  });

  test('or hangs is available for ever', async () => {
    const send = await gripper(() => ({}));
    freeze(from.raw);
    await expect(send()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    await delay(50);
    expect(to.actionClient('control_msgs/action/GripperCommand', 'gripper').available()).toBe(true);
  });
});

describe('parameters', () => {
  test('of a file whose section has the namespace are dropped by rclnodejs', async () => {
    const context = new rcl.Context();
    const argv = ['node', '--ros-args', '-p', 'other:rate:=3.0', '-p', 'plain:rate:=4.0', '-p', 'depth:=2'];
    await rcl.init(context, argv);
    const node = new rcl.Node('plain', graph.namespace, context);
    expect(node.getParameterOverrides().map(({ name, value }) => [name, value])).toEqual([
      ['depth', 2n],
      ['rate', 4],
    ]);
    context.shutdown();
  });

  test('that are lists of whole numbers keep a plain node from starting', async () => {
    const context = new rcl.Context();
    await rcl.init(context, ['node', '--ros-args', '-p', 'shape:=[1, 2]']);
    expect(() => new rcl.Node('plain', graph.namespace, context)).toThrow();
    context.shutdown();
    const node = await graph.node('guarded', { args: ['--ros-args', '-p', 'shape:=[1, 2]'] });
    expect(node.givenParameters).toMatchObject([{ name: 'shape' }]);
  });

  test('a range without a step of zero takes whole steps only', () => {
    const { double } = PARAMETER_TYPE;
    const descriptor = new rcl.ParameterDescriptor(
      'rate',
      double,
      '',
      false,
      new rcl.FloatingPointRange(0, 30),
    );
    to.raw.declareParameter(new rcl.Parameter('rate', double, 10), descriptor);
    expect(to.raw.setParameter(new rcl.Parameter('rate', double, 12.5)).successful).toBe(false);
  });
});

/** A gripper on `from`, and how to send a goal to it from `to`. */
async function gripper(execute: ConstructorParameters<typeof rcl.ActionServer>[3]) {
  const type = 'control_msgs/action/GripperCommand';
  new rcl.ActionServer(from.raw, type, 'gripper', execute);
  const client = to.actionClient(type, 'gripper');
  await until(() => client.available());
  const goal: GripperCommandGoal = { command: { position: 0, max_effort: 0 } };
  return () => client.send(goal, { timeoutMs: 300 });
}
