import { VLAError } from '../errors.js';

/** SIGHUP: the terminal was closed, or the connection to it was lost. It ends Node under `nohup` too. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A supervisor and a terminal or systemd each send a signal at the end, within moments: `ros2 launch` does. That is one
 * interruption, milliseconds.
 */
const ONE_INTERRUPTION_MS = 1000;

/**
 * Runs `work` with a signal that Ctrl-C fires, so that it can clean up after itself. A second Ctrl-C, a
 * second or more later, ends the program at once, as it would without this.
 *
 * @param onInterrupt called at the first one
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) return;
    setTimeout(forget, ONE_INTERRUPTION_MS).unref();
    onInterrupt();
    controller.abort(new VLAError('ABORTED', 'interrupted; nothing was written'));
  };
  const forget = () => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    forget();
  }
}
