import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LATCHED, RELIABLE, SENSOR } from '../../../lib/ros/qos.js';
import { DURABILITY, RELIABILITY } from '../../../lib/ros/rcl.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, type TestGraph, until } from '../harness.js';

let graph: TestGraph;
let [talker, listener]: RosNode[] = [];

beforeEach(async () => {
  graph = newGraph();
  talker = await graph.node('talker');
  listener = await graph.node('listener');
});
afterEach(() => graph.dispose());

function nodes(): [RosNode, RosNode] {
  if (!talker || !listener) throw new Error('no nodes');
  return [talker, listener];
}

const header = { stamp: { sec: 12, nanosec: 345 }, frame_id: 'camera' };

describe('messages', () => {
  test('text arrives as it was sent, also beyond ASCII', async () => {
    const [from, to] = nodes();
    const received: string[] = [];
    to.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) => received.push(data));
    const publisher = from.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
    await until(() => from.raw.countSubscribers('chatter') === 1 && to.raw.countPublishers('chatter') === 1);
    await until(() => {
      publisher.publish({ data: 'grüß Gott 🤖' });
      return received.length > 0;
    });
    expect(received[0]).toBe('grüß Gott 🤖');
  });

  test('an image comes with its bytes as a Uint8Array, a view of larger memory included', async () => {
    const [from, to] = nodes();
    const images: { height: number; data: Uint8Array; header: unknown }[] = [];
    to.subscribe('sensor_msgs/msg/Image', 'image', SENSOR, (image) => images.push(image));
    const publisher = from.advertise('sensor_msgs/msg/Image', 'image', SENSOR);
    const pool = Uint8Array.from({ length: 100 }, (_, index) => index);
    const data = pool.subarray(40, 52);
    await until(() => {
      publisher.publish({ header, height: 2, width: 2, encoding: 'rgb8', is_bigendian: 0, step: 6, data });
      return images.length > 0;
    });
    expect(images[0]).toMatchObject({ header, height: 2 });
    expect(images[0]?.data).toBeInstanceOf(Uint8Array);
    expect([...(images[0]?.data ?? [])]).toEqual([...data]);
  });

  test('joint states keep names, doubles to the last bit, and empty lists', async () => {
    const [from, to] = nodes();
    const states: { name: readonly string[]; position: ArrayLike<number>; effort: ArrayLike<number> }[] = [];
    to.subscribe('sensor_msgs/msg/JointState', 'joint_states', SENSOR, (state) => states.push(state));
    const publisher = from.advertise('sensor_msgs/msg/JointState', 'joint_states', SENSOR);
    const position = [0.1, -Math.PI, 1e-300];
    await until(() => {
      publisher.publish({ header, name: ['a', 'b', 'c'], position, velocity: [], effort: [] });
      return states.length > 0;
    });
    const [state] = states;
    expect(state?.name).toEqual(['a', 'b', 'c']);
    expect(state?.position).toBeInstanceOf(Float64Array);
    expect(Array.from(state?.position ?? [])).toEqual(position);
    expect(state?.effort).toHaveLength(0);
  });

  test('32-bit floats, nested lists and 64-bit stamps arrive', async () => {
    const [from, to] = nodes();
    const layouts: unknown[] = [];
    const events: { timestamp: bigint }[] = [];
    to.subscribe('std_msgs/msg/Float32MultiArray', 'actions', RELIABLE, (message) => layouts.push(message));
    to.subscribe('lifecycle_msgs/msg/TransitionEvent', 'event', RELIABLE, (event) => events.push(event));
    const actions = from.advertise('std_msgs/msg/Float32MultiArray', 'actions', RELIABLE);
    const event = from.advertise('lifecycle_msgs/msg/TransitionEvent', 'event', RELIABLE);
    const layout = { dim: [{ label: 'action', size: 2, stride: 2 }], data_offset: 0 };
    const state = { id: 1, label: 'unconfigured' };
    await until(() => {
      actions.publish({ layout, data: Float32Array.of(0.5, -0.25) });
      event.publish({ timestamp: 2n ** 60n, transition: state, start_state: state, goal_state: state });
      return layouts.length > 0 && events.length > 0;
    });
    expect(layouts[0]).toEqual({ layout, data: Float32Array.of(0.5, -0.25) });
    expect(events[0]?.timestamp).toBe(2n ** 60n);
  });

  test('as raw CDR a message has its header of four bytes and its values little-endian', async () => {
    const [from, to] = nodes();
    const frames: Buffer[] = [];
    to.subscribeCdr('std_msgs/msg/String', 'raw', RELIABLE, (cdr) => frames.push(Buffer.from(cdr)));
    const publisher = from.advertise('std_msgs/msg/String', 'raw', RELIABLE);
    await until(() => {
      publisher.publish({ data: 'abc' });
      return frames.length > 0;
    });
    expect([...(frames[0]?.subarray(0, 12) ?? [])]).toEqual([0, 1, 0, 0, 4, 0, 0, 0, 97, 98, 99, 0]);
  });

  test('a misspelled field is an error for the one who publishes', () => {
    const [from] = nodes();
    const publisher = from.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
    const misspelled = { data: 'ok', dta: 'typo' };
    expect(() => publisher.publish(misspelled)).toThrow(/dta/);
  });
});

describe('quality of service', () => {
  test('a subscription that asks for more than is offered gets nothing, and the graph shows why', async () => {
    const [from, to] = nodes();
    const [strict, lax]: [string[], string[]] = [[], []];
    to.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) => strict.push(data));
    to.subscribe('std_msgs/msg/String', 'chatter', SENSOR, ({ data }) => lax.push(data));
    const publisher = from.advertise('std_msgs/msg/String', 'chatter', SENSOR);
    await until(() => {
      publisher.publish({ data: 'unheard' });
      return lax.length > 2;
    });
    expect(strict).toEqual([]);
    const [info] = to.raw.getPublishersInfoByTopic(publisher.name);
    expect(info).toMatchObject({
      node_name: 'talker',
      node_namespace: graph.namespace,
      topic_type: 'std_msgs/msg/String',
      qos_profile: { reliability: RELIABILITY.bestEffort, durability: DURABILITY.volatile },
    });
    expect(to.raw.getSubscriptionsInfoByTopic(publisher.name)).toHaveLength(2);
  });

  test('who comes late gets the last message of a latched topic, and of a volatile one nothing', async () => {
    const [from, to] = nodes();
    const latched = from.advertise('std_msgs/msg/String', 'status', LATCHED);
    const volatile = from.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
    for (const data of ['first', 'second', 'last']) {
      latched.publish({ data });
      volatile.publish({ data });
    }
    const [late, missed]: [string[], string[]] = [[], []];
    to.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) => missed.push(data));
    to.subscribe('std_msgs/msg/String', 'status', LATCHED, ({ data }) => late.push(data));
    await until(() => late.length > 0);
    expect(late).toEqual(['last']);
    expect(missed).toEqual([]);
  });

  test('a subscription of depth 1 that is busy gets the newest message only', async () => {
    const [from, to] = nodes();
    const received: number[] = [];
    to.subscribe('std_msgs/msg/String', 'count', { ...SENSOR, reliability: 'reliable' }, ({ data }) =>
      received.push(Number(data)),
    );
    const publisher = from.advertise('std_msgs/msg/String', 'count', RELIABLE);
    await until(() => {
      publisher.publish({ data: '-1' });
      return received.length > 0;
    });
    received.length = 0;
    // The main thread does nothing else meanwhile: nothing can be delivered.
    for (let count = 0; count < 50; count++) publisher.publish({ data: String(count) });
    await until(() => received.includes(49));
    expect(received.length).toBeLessThan(10);
  });
});

test('a subscription that was given back gets nothing more, the others go on', async () => {
  const [from, to] = nodes();
  const [gone, stays]: [string[], string[]] = [[], []];
  const subscription = to.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) =>
    gone.push(data),
  );
  to.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) => stays.push(data));
  const publisher = from.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
  await until(() => {
    publisher.publish({ data: 'before' });
    return gone.length > 0 && stays.length > 0;
  });
  subscription.dispose();
  const before = gone.length;
  await until(() => {
    publisher.publish({ data: 'after' });
    return stays.includes('after');
  });
  expect(gone).toHaveLength(before);
});
