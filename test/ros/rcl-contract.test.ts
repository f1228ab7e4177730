import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELIABLE } from '../../lib/ros/qos.js';
import { newGraph, type TestGraph, until } from './harness.js';

let graph: TestGraph;
beforeEach(() => {
  graph = newGraph();
});
afterEach(() => graph.dispose());

describe('topics', () => {
  test('a message arrives as it was sent', async () => {
    const [talker, listener] = [await graph.node('talker'), await graph.node('listener')];
    const received: string[] = [];
    listener.subscribe('std_msgs/msg/String', 'chatter', RELIABLE, ({ data }) => received.push(data));
    const publisher = talker.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
    await until(() => {
      publisher.publish({ data: 'grüß Gott' });
      return received.length > 0;
    });
    expect(received[0]).toBe('grüß Gott');
  });
});
