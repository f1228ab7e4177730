import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RosNode, type RosNodeOptions } from '../../lib/ros/ros-node.js';
import { rcl } from './rcl-under-test.js';

export { onRealRos, rcl } from './rcl-under-test.js';

/** A corner of the ROS graph that no other test sees. */
export interface TestGraph {
  /** Absolute; all nodes of this graph are in it unless their options say otherwise. */
  readonly namespace: string;
  node(name: string, options?: Omit<RosNodeOptions, 'name'>): Promise<RosNode>;
  /** Disposes of all nodes made here. */
  dispose(): void;
}

export function newGraph(): TestGraph {
  const namespace = `/test_${randomBytes(6).toString('hex')}`;
  const nodes: RosNode[] = [];
  return {
    namespace,
    async node(name, options = {}) {
      const node = await RosNode.create(rcl, { name, namespace, ...options });
      nodes.push(node);
      return node;
    },
    dispose() {
      for (const node of nodes.splice(0)) node.dispose();
    },
  };
}

/** Resolves once the condition holds. @throws Error after `timeoutMs`, by default long enough for a busy machine */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`after ${timeoutMs} ms it still did not hold: ${condition}`);
    await delay(10);
  }
}
