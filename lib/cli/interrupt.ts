import { VLAError } from '../errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs `work` with a signal that Ctrl-C fires, so that it can clean up after itself. A second Ctrl-C ends the program
 * at once, as it would without this.
 *
 * @param onInterrupt called at the first one
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: (signal: NodeJS.Signals) => void,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    forget();
    onInterrupt(signal);
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
