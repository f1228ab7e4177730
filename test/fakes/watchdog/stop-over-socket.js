/** A stop module as an app would write it, and ways to make it fail. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';

/** @typedef {{ socket: string, failures?: number, brokenWhile?: string, faultAfterMs?: number }} Config */

/** @type {import('node:net').Socket | undefined} */
let connection;
let calls = 0;

/** @param {Config} config */
export async function connect({ socket, faultAfterMs }) {
  connection = createConnection(socket);
  await once(connection, 'connect');
  connection.on('error', () => {});
  await tell(`watchdog ${process.pid}`);
  if (faultAfterMs !== undefined)
    setTimeout(() => {
      throw new Error('the cable was pulled');
    }, faultAfterMs);
}

/**
 * @param {Config} config
 * @param {string} reason
 */
export async function stop({ failures = 0, brokenWhile }, reason) {
  if (++calls <= failures) throw new Error(`failure ${calls}`);
  if (brokenWhile !== undefined && existsSync(brokenWhile)) throw new Error('the robot does not listen');
  await tell(`stop ${reason}`);
}

export const notAFunction = 1;

/** @param {string} line */
async function tell(line) {
  if (!connection) throw new Error('not connected');
  connection.write(`${line}\n`);
  await once(connection, 'data');
}
