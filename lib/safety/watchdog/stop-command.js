/**
 * The watchdog's way to the robot: prepared when the process starts, sent when it trips. Plain JavaScript because
 * watchdog-child.js runs without a loader.
 *
 * @import { TripReason } from './motion-watchdog.js'
 * @import { StopPlan, StopReport } from './watchdog-protocol.js'
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Rest before the second and the third try, milliseconds. */
const BACKOFF_MS = [50, 200];

/** @typedef {(reason: TripReason) => unknown} Stop tries once; what it throws or rejects with is a failed try */

export class StopRefusal extends Error {
  /**
   * @param {'INVALID_ARGUMENT' | 'ROBOT_FAILED'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @type {(error: unknown) => string} */
export const text = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Loads the module and lets it connect, or looks whether the command can be run.
 *
 * @param {StopPlan} plan
 * @param {number} timeoutMs after which a command is killed
 * @returns {Promise<Stop>}
 */
export async function prepareStop(plan, timeoutMs) {
  return plan.kind === 'module' ? prepareModule(plan) : prepareCommand(plan, timeoutMs);
}

/**
 * Tries up to three times. The first try starts within this call.
 *
 * @param {Stop} stop
 * @param {TripReason} reason
 * @param {number} timeoutMs for each try
 * @returns {Promise<StopReport>}
 */
export async function sendStop(stop, reason, timeoutMs) {
  for (let tries = 1; ; ++tries) {
    try {
      await within(timeoutMs, async () => stop(reason));
      return { accepted: true, tries, message: '' };
    } catch (error) {
      const restMs = BACKOFF_MS[tries - 1];
      if (restMs === undefined) return { accepted: false, tries, message: text(error) };
      await sleep(restMs);
    }
  }
}

/** @param {Extract<StopPlan, { kind: 'module' }>} plan */
async function prepareModule({ url, name, config }) {
  /** @type {Record<string, unknown>} */
  let module;
  try {
    module = await import(url);
  } catch (error) {
    throw new StopRefusal('INVALID_ARGUMENT', `the stop module ${url} does not load: ${text(error)}`);
  }
  const { connect } = module;
  const stop = module[name];
  if (typeof stop !== 'function')
    throw new StopRefusal(
      'INVALID_ARGUMENT',
      `the stop module ${url} must export a function "${name}", it exports ${Object.keys(module).join(', ') || 'nothing'}`,
    );
  if (connect !== undefined && typeof connect !== 'function')
    throw new StopRefusal(
      'INVALID_ARGUMENT',
      `connect of the stop module ${url} must be a function, it is of type ${typeof connect}`,
    );
  try {
    await connect?.(config);
  } catch (error) {
    throw new StopRefusal('ROBOT_FAILED', `connect() of the stop module ${url} failed: ${text(error)}`);
  }
  /** @type {Stop} */
  return (reason) => stop(config, reason);
}

/**
 * @param {Extract<StopPlan, { kind: 'command' }>} plan
 * @param {number} timeoutMs
 * @returns {Stop}
 */
function prepareCommand({ file, args }, timeoutMs) {
  const places = file.includes('/')
    ? [file]
    : (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, file));
  const program = places.find(isExecutable);
  if (program === undefined)
    throw new StopRefusal(
      'INVALID_ARGUMENT',
      `the stop command ${file} is not an executable file${file.includes('/') ? '' : ' of the PATH'}`,
    );
  return (reason) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        stdio: 'ignore',
        env: { ...process.env, JETSON_VLA_TRIP: reason },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (code === 0) resolve(undefined);
        else reject(new Error(`the stop command ${file} ended with ${signal ?? `exit code ${code}`}`));
      });
    });
}

/** @type {(file: string) => boolean} */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {number} ms
 * @param {() => Promise<unknown>} attempt
 */
async function within(ms, attempt) {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal }).then(() => {
    throw new Error(`the robot did not take the stop command within ${ms} ms`);
  });
  try {
    await Promise.race([attempt(), late]);
  } finally {
    done.abort();
    late.catch(() => {});
  }
}
