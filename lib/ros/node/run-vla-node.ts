import { abortedError } from '../../robot/abortable.js';
import { VLANode, type VLANodeOptions } from './vla-node.js';

export interface RunVLANodeOptions extends VLANodeOptions {
  /** Ends the node: it brakes, gives back everything and leaves the graph. */
  readonly signal: AbortSignal;
}

/**
 * Runs the node until its signal fires. With the parameter `autostart` it is configured and activated first.
 *
 * @throws VLAError ABORTED when the signal fired; INVALID_ARGUMENT for wrong arguments; ROS_UNAVAILABLE … when an
 *   automatic start fails
 */
export async function runVLANode({ signal, ...options }: RunVLANodeOptions): Promise<void> {
  await using node = await VLANode.create(options);
  if (node.parameters.get('autostart') && !signal.aborted) {
    const started = (await node.configure()) && (await node.activate());
    // A start that failed leaves a node that a person can look at and configure again.
    if (!started) node.node.log.error('the automatic start failed; the node waits to be configured');
  }
  if (!signal.aborted)
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  throw abortedError(signal);
}
