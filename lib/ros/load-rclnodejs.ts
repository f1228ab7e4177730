import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { VLAError } from '../errors.js';
import { explainLoadFailure } from '../native/load-failure.js';
import type { Rcl } from './rcl.js';
import {
  findAddon,
  locateRclnodejs,
  packageProblems,
  type RclnodejsPackage,
  rebuildCommand,
} from './rclnodejs-package.js';
import { environmentProblems, type RosHost, type RosProblem, thisHost } from './ros-environment.js';

export interface LoadRclnodejsOptions {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** The directory whose `node_modules` is searched first. Default: the working directory. */
  readonly from?: string;
  readonly host?: RosHost;
}

/**
 * @throws VLAError ROS_UNAVAILABLE when ROS 2 cannot be used from this process: wrong platform, worker thread, nothing
 *   sourced, libraries missing
 */
export function checkRosEnvironment(env: NodeJS.ProcessEnv = process.env, host: RosHost = thisHost): void {
  const problems = environmentProblems(env, host);
  if (problems.length > 0) throw unavailable(problems);
}

/** An rclnodejs that can be loaded. */
export interface LoadableRclnodejs extends RclnodejsPackage {
  /** Path of the compiled part. */
  readonly addon: string;
}

/**
 * The rclnodejs that {@link loadRclnodejs} would load, by what the files say.
 *
 * @throws VLAError ROS_UNAVAILABLE as {@link loadRclnodejs}
 */
export function checkRclnodejs({
  env = process.env,
  from = process.cwd(),
  host = thisHost,
}: LoadRclnodejsOptions = {}): LoadableRclnodejs {
  const problems = environmentProblems(env, host);
  const found = locateRclnodejs(from);
  if (found === undefined)
    throw unavailable([
      ...problems,
      { message: `the package rclnodejs is not installed for ${from}`, remedy: 'npm install rclnodejs' },
    ]);
  // Which addon and which interfaces are needed is only known of an environment in order.
  if (problems.length > 0) throw unavailable(problems);
  const addon = findAddon(found.root, env, host);
  const packaged = packageProblems(found, addon, env, host);
  if (addon === undefined || packaged.length > 0) throw unavailable(packaged);
  return { ...found, addon };
}

/**
 * The module file of an rclnodejs that can be loaded here without compiling anything. Loads nothing; for a child
 * process with the same environment to import.
 *
 * @throws VLAError ROS_UNAVAILABLE as {@link loadRclnodejs}
 */
export function findRclnodejs(options: LoadRclnodejsOptions = {}): string {
  return checkRclnodejs(options).entry;
}

/**
 * rclnodejs, once all that it needs is known to be there: loaded without a sourced ROS 2 it would rebuild itself, which
 * deletes an addon that works. It is the same instance that `import rclnodejs from 'rclnodejs'` gives, without its handler of SIGINT,
 * which would leave no node to brake with.
 *
 * @throws VLAError ROS_UNAVAILABLE with everything that is missing, and in its hint the commands that help
 */
export async function loadRclnodejs(options: LoadRclnodejsOptions = {}): Promise<Rcl> {
  const found = checkRclnodejs(options);
  loadAddon(found, options.env ?? process.env);
  const rcl = exportedBy(await importModule(found));
  if (isRcl(rcl)) {
    leaveSignalsAlone(rcl);
    return rcl;
  }
  throw unavailable([
    { message: `${found.entry} is not rclnodejs: it exports no init()`, remedy: 'npm install rclnodejs' },
  ]);
}

/** rclnodejs answers an addon that does not load by rebuilding it, so try that before it can. */
function loadAddon({ root, addon }: LoadableRclnodejs, env: NodeJS.ProcessEnv): void {
  try {
    createRequire(import.meta.url)(addon);
  } catch (cause) {
    const why = explainLoadFailure(addon, cause);
    const unset = env['LD_LIBRARY_PATH'] ? '' : ' (LD_LIBRARY_PATH is not set: is ROS sourced?)';
    const message = `the addon ${addon} does not load: ${why}${unset}`;
    throw unavailable([{ message, remedy: rebuildCommand(root) }], cause);
  }
}

async function importModule({ entry }: RclnodejsPackage): Promise<unknown> {
  try {
    return await import(pathToFileURL(entry).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(
      [{ message: `${entry} does not load: ${why}`, remedy: 'npm install rclnodejs' }],
      cause,
    );
  }
}

function exportedBy(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}

function isRcl(value: unknown): value is Rcl {
  return (
    typeof value === 'object' && value !== null && 'init' in value && 'Node' in value && 'Context' in value
  );
}

/** rclnodejs shuts every node down at Ctrl-C; the robot could not be told to brake any more. */
function leaveSignalsAlone(rcl: object): void {
  if ('removeSignalHandlers' in rcl && typeof rcl.removeSignalHandlers === 'function')
    rcl.removeSignalHandlers();
}

function unavailable(problems: readonly RosProblem[], cause?: unknown): VLAError {
  const message = problems.map((problem) => problem.message).join('; ');
  const hint = problems.map((problem) => problem.remedy).join('\n    ');
  return new VLAError('ROS_UNAVAILABLE', `ROS 2 cannot be used here: ${message}`, {
    hint,
    ...(cause !== undefined && { cause }),
  });
}
