import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VLAError } from '../../errors.js';
import type { WatchdogTrip } from './motion-watchdog.js';
import type { ChildStart, StopPlan, StopReport } from './watchdog-protocol.js';

/**
 * A module that can stop the robot by itself, on a connection of its own. Node loads it in the watchdog's process
 * when that starts, so it is JavaScript that needs no loader. It exports
 *
 * - `stop(config, reason)`: tells the robot to stop, and resolves once the robot has taken the command. `reason` is a
 *   TripReason. It is called again when it throws, rejects or takes too long.
 * - `connect(config)`, optional: awaited at the start, to have the connection open before it is needed.
 *
 * What it prints goes nowhere. When it throws outside of these calls, as a socket without an error listener does, the
 * watchdog process ends, and its parent finds itself tripped with `child-died`.
 */
export interface StopModule {
  /** Absolute URL of a file, or a path; a relative one starts at the working directory. */
  readonly module: string | URL;
  /** Name of the function, `stop` by default. */
  readonly export?: string;
  /** Anything that JSON can carry. */
  readonly config?: unknown;
}

/**
 * A program that stops the robot, started without a shell when the watchdog trips. It finds the TripReason in the
 * environment variable `JETSON_VLA_TRIP`, and ends with exit code 0 once the robot has taken the command.
 */
export interface StopCommand {
  /** File (a path, or a name that is looked up in PATH) and arguments. */
  readonly command: readonly [file: string, ...args: string[]];
}

export interface WatchdogOptions {
  readonly stop: StopModule | StopCommand;
  /** Longest time between two beats while armed, milliseconds, 10 or more. Default 100. */
  readonly timeoutMs?: number;
  /**
   * Asks for a held enable (deadman): `holdEnable()` must be called at least each `timeoutMs` milliseconds (10 or
   * more) while a motion may run. Default: none is needed.
   */
  readonly enable?: { readonly timeoutMs: number };
  /** For the process to start, load the stop module and connect, milliseconds. Default 10 000. */
  readonly startupTimeoutMs?: number;
  /** For each of the three tries of the stop command, milliseconds. Default 2000. */
  readonly stopTimeoutMs?: number;
  /** Called once per trip, within the call or event that noticed it. */
  readonly onTrip?: (trip: WatchdogTrip) => void;
  /** Called when the stop command was taken, or the last try has failed, unless the parent or the child has ended. */
  readonly onStop?: (report: StopReport) => void;
}

export interface WatchdogSettings {
  readonly start: ChildStart;
  readonly startupTimeoutMs: number;
  readonly onTrip: ((trip: WatchdogTrip) => void) | undefined;
  readonly onStop: ((report: StopReport) => void) | undefined;
}

const LEAST_TIMEOUT_MS = 10;
/** The longest time that `setTimeout` can count. */
const MOST_TIMEOUT_MS = 2 ** 31 - 2;

/** @throws VLAError INVALID_ARGUMENT */
export function watchdogSettings(options: WatchdogOptions): WatchdogSettings {
  const {
    timeoutMs = 100,
    enable,
    startupTimeoutMs = 10_000,
    stopTimeoutMs = 2000,
    onTrip,
    onStop,
  } = options;
  for (const [name, value] of Object.entries({
    timeoutMs,
    startupTimeoutMs,
    stopTimeoutMs,
    ...(enable && { 'enable.timeoutMs': enable.timeoutMs }),
  }))
    if (!(value >= LEAST_TIMEOUT_MS && value <= MOST_TIMEOUT_MS))
      throw invalid(
        `${name} must be ${LEAST_TIMEOUT_MS} to ${MOST_TIMEOUT_MS} milliseconds, got ${String(value)}`,
      );
  for (const [name, value] of Object.entries({ onTrip, onStop }))
    if (value !== undefined && typeof value !== 'function')
      throw invalid(`${name} must be a function, got ${typeof value}`);
  const start = {
    stop: stopPlan(options.stop),
    timeoutMs,
    enableTimeoutMs: enable?.timeoutMs ?? null,
    stopTimeoutMs,
  };
  return { start: carried(start), startupTimeoutMs, onTrip, onStop };
}

function stopPlan(stop: StopModule | StopCommand): StopPlan {
  if (typeof stop === 'object' && stop !== null) {
    if ('module' in stop) {
      const { module, export: name = 'stop', config = null } = stop;
      return { kind: 'module', url: moduleUrl(module), name, config };
    }
    if ('command' in stop && Array.isArray(stop.command)) {
      const [file, ...args] = stop.command;
      if ([file, ...args].every((part) => typeof part === 'string' && !part.includes('\0')) && file !== '')
        return { kind: 'command', file, args };
    }
  }
  throw invalid('stop must be { module, export?, config? } or { command: [file, ...args] }');
}

function moduleUrl(module: string | URL): string {
  const url = typeof module === 'string' && module.startsWith('file:') ? new URL(module) : module;
  if (!(url instanceof URL)) return pathToFileURL(path.resolve(url)).href;
  if (url.protocol !== 'file:') throw invalid(`stop.module must be a file, got ${url.href}`);
  return pathToFileURL(fileURLToPath(url)).href;
}

/** As the other process will see it. */
function carried(start: ChildStart): ChildStart {
  try {
    return JSON.parse(JSON.stringify(start));
  } catch (cause) {
    throw new VLAError('INVALID_ARGUMENT', `stop.config cannot be written as JSON: ${String(cause)}`, {
      cause,
    });
  }
}

function invalid(message: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, { hint: 'See docs/watchdog.md for examples.' });
}
