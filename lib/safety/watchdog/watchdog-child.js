/**
 * The watchdog's process. It reads beats from one pipe and answers on another, so that an answer that nobody reads
 * any more cannot cost it the parent's last words.
 *
 * Plain JavaScript, because Node itself starts it, from lib/ and from dist/.
 *
 * @import { ChildStart, FromChild } from './watchdog-protocol.js'
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { prepareStop, StopRefusal, text } from './stop-command.js';
import { Watch } from './watch.js';

const SIGNALS_FD = 3;
const ANSWERS_FD = 4;
/** The parent's standard error. Its own leads nowhere: a terminal that is held up would hold up the stop. */
const LOG_FD = 5;

const NEWLINE = 0x0a;

const input = new Socket({ fd: SIGNALS_FD, readable: true, writable: false });
const output = new Socket({ fd: ANSWERS_FD, readable: false, writable: true });
// How a pipe broke does not matter; that it did comes as `close`, or as nothing more to say.
input.on('error', () => {});
output.on('error', () => {});

/** @type {(message: FromChild) => void} */
const say = (message) => {
  // Nobody needs an old sign of life, and a parent that is stopped reads none.
  if (message.kind === 'alive' && output.writableLength > 0) return;
  output.write(`${JSON.stringify(message)}\n`);
};

/** @param {string} line */
function log(line) {
  try {
    writeSync(LOG_FD, `jetson-vla watchdog: ${line}\n`);
  } catch {
    // Whoever read it has ended as well.
  }
}

/** @returns {Promise<ChildStart>} */
function firstLine() {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const parts = [];
    input.on('data', function read(/** @type {Buffer} */ bytes) {
      parts.push(bytes);
      if (bytes.at(-1) !== NEWLINE) return;
      input.off('data', read);
      try {
        resolve(JSON.parse(Buffer.concat(parts).toString('utf8')));
      } catch {
        reject(new StopRefusal('INVALID_ARGUMENT', 'the watchdog process is started by Watchdog.start only'));
      }
    });
  });
}

/** @type {Watch | undefined} */
let watch;

/** @param {Watch} watch */
async function end(watch) {
  const words = await watch.lastWords();
  if (words !== undefined) log(words);
  process.exit(words === undefined ? 0 : 1);
}

/**
 * Nothing can be trusted after an error that nobody caught, so the process ends: the parent notices, and a robot
 * that may be moving is told to stop first.
 *
 * @param {unknown} error
 */
function fault(error) {
  if (error instanceof StopRefusal) say({ kind: 'refused', code: error.code, message: error.message });
  else say({ kind: 'fault', message: text(error) });
  if (watch?.armed) watch.trip('child-died');
  if (watch) void end(watch);
  else output.end(() => process.exit(1));
}

async function main() {
  const start = await firstLine();
  const stop = await prepareStop(start.stop, start.stopTimeoutMs);
  const started = new Watch(start, stop, say);
  input.on('data', (/** @type {Buffer} */ bytes) => started.hear(bytes));
  watch = started;
  say({ kind: 'ready' });
}

// The signals that end the parent must not end the watchdog before the robot was told; it ends with the pipe.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']) process.on(signal, () => {});
process.on('uncaughtException', fault);
input.once('close', () => {
  if (!watch) process.exit(0);
  if (watch.armed) watch.trip('pipe-closed');
  void end(watch);
});
try {
  // Other work must not hold it up. Only a privileged process may ask for that, and the rest works without.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // Not privileged.
}
main().catch(fault);
