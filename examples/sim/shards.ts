import { fork } from 'node:child_process';

/** What each child process gets: the whole task, and which share of it is its own. */
export interface Shard<T> {
  readonly task: T;
  readonly shard: number;
}

/**
 * Shares a task out to child processes of this program, which answer with {@link serveShard}; the first failure ends
 * the others.
 *
 * @param report is given each message of a child
 * @throws Error when a child fails
 */
export async function runShards<T, R>(
  file: string,
  jobs: number,
  task: T,
  report: (message: R) => void,
): Promise<void> {
  const children = Array.from({ length: jobs }, () => fork(file));
  try {
    await Promise.all(
      children.map(
        (child, shard) =>
          new Promise<void>((resolve, reject) => {
            child.on('message', (message: R) => report(message));
            child.on('error', reject);
            child.on('exit', (code, signal) =>
              code === 0 ? resolve() : reject(new Error(`evaluation process ended with ${signal ?? code}`)),
            );
            child.send({ task, shard } satisfies Shard<T>);
          }),
      ),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

/** In a child process: does its share and ends. */
export function serveShard<T, R>(
  work: (share: Shard<T>, report: (message: R) => void) => Promise<void>,
): void {
  process.once('message', (share: Shard<T>) => {
    work(share, (message) => process.send?.(message)).then(
      () => process.disconnect(),
      (error) => {
        process.stderr.write(`${error}\n`);
        process.exit(1);
      },
    );
  });
}
