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
  refuse(environmentProblems(env, host));
}

/**
 * The module file of an rclnodejs that can be loaded here without compiling anything. Loads nothing; for a child
 * process with the same environment to import.
 *
 * @throws VLAError ROS_UNAVAILABLE as {@link loadRclnodejs}
 */
export function findRclnodejs(options: LoadRclnodejsOptions = {}): string {
  return locate(options).entry;
}

/**
 * rclnodejs, once all that it needs is known to be there: loaded without a sourced ROS 2 it would rebuild itself, which
 * deletes an addon that works. It is the same instance that `import rclnodejs from 'rclnodejs'` gives.
 *
 * @throws VLAError ROS_UNAVAILABLE with everything that is missing, and in its hint the commands that help
 */
export async function loadRclnodejs(options: LoadRclnodejsOptions = {}): Promise<Rcl> {
  const { env = process.env, host = thisHost } = options;
  const found = locate(options);
  loadAddon(found, env, host);
  const rcl = exportedBy(await importModule(found));
  if (isRcl(rcl)) return rcl;
  throw unavailable([
    { message: `${found.entry} is not rclnodejs: it exports no init()`, remedy: 'npm install rclnodejs' },
  ]);
}

function locate({
  env = process.env,
  from = process.cwd(),
  host = thisHost,
}: LoadRclnodejsOptions): RclnodejsPackage {
  const problems = environmentProblems(env, host);
  const found = locateRclnodejs(from);
  if (found === undefined)
    throw unavailable([
      ...problems,
      { message: `the package rclnodejs is not installed for ${from}`, remedy: 'npm install rclnodejs' },
    ]);
  // Which addon and which interfaces are needed is only known of an environment in order.
  refuse(problems.length > 0 ? problems : packageProblems(found, env, host));
  return found;
}

/** rclnodejs answers an addon that does not load by rebuilding it, so try that before it can. */
function loadAddon({ root }: RclnodejsPackage, env: NodeJS.ProcessEnv, host: RosHost): void {
  const file = findAddon(root, env, host);
  if (file === undefined) return;
  try {
    createRequire(import.meta.url)(file);
  } catch (cause) {
    const why = explainLoadFailure(file, cause);
    const sourced = env['LD_LIBRARY_PATH'] ? [] : ['(LD_LIBRARY_PATH is not set: source ROS again)'];
    throw unavailable(
      [
        {
          message: [`the addon ${file} does not load: ${why}`, ...sourced].join(' '),
          remedy: rebuildCommand(root),
        },
      ],
      cause,
    );
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

function refuse(problems: readonly RosProblem[]): void {
  if (problems.length > 0) throw unavailable(problems);
}

function unavailable(problems: readonly RosProblem[], cause?: unknown): VLAError {
  const message = problems.map((problem) => problem.message).join('; ');
  const hint = problems.map((problem) => problem.remedy).join('\n    ');
  return new VLAError('ROS_UNAVAILABLE', `ROS 2 cannot be used here: ${message}`, {
    hint,
    ...(cause !== undefined && { cause }),
  });
}
