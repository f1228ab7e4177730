import { setTimeout as sleep } from 'node:timers/promises';
import type { TimeMessage, Topics, TopicType } from '../messages.js';
import { SENSOR } from '../qos.js';
import type { RosNode } from '../ros-node.js';

/** What came on a topic in a while. */
export interface Heard<T extends TopicType> {
  readonly count: number;
  /** Messages per second; 0 with fewer than two. */
  readonly rateHz: number;
  readonly last: Topics[T] | undefined;
  /** ROS time of arrival − stamp, for those with a stamp. Milliseconds. */
  readonly agesMs: readonly number[];
  /** Messages whose stamp is 0. */
  readonly unstamped: number;
}

/** Receives for a while. Best effort and volatile: what every publisher can serve. */
export async function listen<T extends TopicType>(
  node: RosNode,
  type: T,
  topic: string,
  stampOf: (message: Topics[T]) => TimeMessage,
  durationMs: number,
): Promise<Heard<T>> {
  const arrivedMs: number[] = [];
  const agesMs: number[] = [];
  let unstamped = 0;
  let last: Topics[T] | undefined;
  const subscription = node.subscribe(type, topic, { ...SENSOR, depth: 10 }, (message) => {
    arrivedMs.push(performance.now());
    last = message;
    const { sec, nanosec } = stampOf(message);
    if (sec === 0 && nanosec === 0) unstamped++;
    else agesMs.push(Number(node.now() - (BigInt(sec) * 1_000_000_000n + BigInt(nanosec))) / 1e6);
  });
  try {
    await sleep(durationMs);
  } finally {
    subscription.dispose();
  }
  const spanMs = (arrivedMs.at(-1) ?? 0) - (arrivedMs[0] ?? 0);
  const rateHz = spanMs > 0 ? ((arrivedMs.length - 1) * 1000) / spanMs : 0;
  return { count: arrivedMs.length, rateHz, last, agesMs, unstamped };
}
