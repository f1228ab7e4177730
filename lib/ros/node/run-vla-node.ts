import { VLANode, type VLANodeOptions } from './vla-node.js';

export interface RunVLANodeOptions extends VLANodeOptions {
  /** Ends the node: it brakes, gives back everything and leaves the graph. */
  readonly signal: AbortSignal;
}

/**
 * Runs the node until its signal fires and it has left the graph. With the parameter `autostart` it is configured and
 * activated first.
 *
 * @throws VLAError INVALID_ARGUMENT for wrong arguments; ROBOT_FAILED when the robot could not be brought to rest
 */
export async function runVLANode({ signal, ...options }: RunVLANodeOptions): Promise<void> {
  const node = await VLANode.create(options);
  try {
    if (signal.aborted) return;
    if (node.parameters.get('autostart')) {
      const configured = await node.configure();
      // Whoever has ended it meanwhile must not see the robot begin to move.
      if (signal.aborted) return;
      const started = configured && (await node.activate());
      // A start that failed leaves a node that a person can look at and configure again.
      if (!started) node.node.log.error('the automatic start failed; the node waits to be configured');
    } else node.node.log.info(`unconfigured; go on with: ros2 lifecycle set ${node.node.fullName} configure`);
    await aborted(signal);
  } finally {
    await node.dispose();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
