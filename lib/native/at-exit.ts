const actions = new Set<() => void>();

/**
 * Calls `action` when the process exits, by `process.exit()` and uncaught errors too: Node runs no cleanup of addons
 * then, and the destructors of TensorRT and CUDA would run while their threads are still at work.
 *
 * @returns forgets the action
 */
export function atExit(action: () => void): () => void {
  if (actions.size === 0) process.on('exit', runAll);
  actions.add(action);
  return () => {
    if (actions.delete(action) && actions.size === 0) process.off('exit', runAll);
  };
}

function runAll(): void {
  for (const action of actions) action();
}
