/**
 * Stands for the robot's own controller: a process that takes commands, one line each, over a Unix domain socket,
 * answers each with `ok`, and prints what it took, and when a watchdog has hung up.
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [, , socketPath] = process.argv;

createServer((client) => {
  client.on('error', () => {});
  const lines = createInterface({ input: client });
  // It tells again what the client has told.
  lines.on('error', () => {});
  lines.on('line', (line) => {
    process.stdout.write(`${line}\n`);
    client.write('ok\n');
    if (line.startsWith('watchdog ')) client.once('close', () => process.stdout.write(`without ${line}\n`));
  });
}).listen(socketPath, () => process.stdout.write('listening\n'));

// Whoever started it may have been killed.
process.stdin.resume().once('close', () => process.exit(0));
