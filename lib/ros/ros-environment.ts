import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { Machine } from '../engine/machine.js';

/** Something that keeps ROS from working here. */
export interface RosProblem {
  readonly message: string;
  /** A shell command, or a sentence where no command does it. */
  readonly remedy: string;
}

/** What of this machine decides whether ROS can be used; tests give another one. */
export interface RosHost {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Of `os-release`. */
  readonly osReleaseFile: string;
  /** Where the Debian packages put distributions: one folder for each. */
  readonly distroRoot: string;
  readonly isMainThread: boolean;
}

export const thisHost: RosHost = {
  platform: process.platform,
  arch: process.arch,
  osReleaseFile: '/etc/os-release',
  distroRoot: '/opt/ros',
  isMainThread,
};

/** Of a machine whose files lie below another directory than `/`, and of this one. */
export function hostOf({ root, arch = process.arch }: Machine): RosHost {
  return {
    ...thisHost,
    ...(root !== '/' && { platform: 'linux' as const }),
    arch,
    osReleaseFile: path.join(root, 'etc/os-release'),
    distroRoot: path.join(root, 'opt/ros'),
  };
}

/** The distribution that has Debian packages for an Ubuntu: JetPack 6 is jammy, JetPack 7 is noble. */
const DISTRO_OF_UBUNTU = new Map([
  ['jammy', 'humble'],
  ['noble', 'jazzy'],
]);

export interface OsRelease {
  /** Such as `Ubuntu 22.04.5 LTS`. */
  readonly name: string;
  /** Such as `jammy`. */
  readonly codename: string | undefined;
}

export function readOsRelease(host: RosHost): OsRelease {
  const fields = new Map<string, string>();
  for (const line of readIfThere(host.osReleaseFile).split('\n')) {
    const match = /^(\w+)=["']?(.*?)["']?$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2]);
  }
  return { name: fields.get('PRETTY_NAME') ?? host.platform, codename: fields.get('VERSION_CODENAME') };
}

/** The distribution that is meant for this operating system, or undefined where none has packages. */
export function distroForOs(host: RosHost): string | undefined {
  return distroForUbuntu(readOsRelease(host).codename ?? '');
}

/** @param codename such as `jammy` */
export function distroForUbuntu(codename: string): string | undefined {
  return DISTRO_OF_UBUNTU.get(codename);
}

/**
 * What is wrong with the platform, the thread and the variables that ROS's setup script sets. Reads files only; nothing
 * is loaded.
 */
export function environmentProblems(env: NodeJS.ProcessEnv, host: RosHost = thisHost): RosProblem[] {
  if (host.platform !== 'linux')
    return [
      {
        message: `rclnodejs runs on Linux, this is ${host.platform}`,
        remedy: 'Run it on Linux, or in WSL 2.',
      },
    ];
  if (!host.isMainThread)
    return [
      {
        message: 'rclnodejs crashes in a worker_thread',
        remedy: 'Use ROS from the main thread, or from a child process.',
      },
    ];
  const unset = ['ROS_DISTRO', 'AMENT_PREFIX_PATH'].filter((name) => !env[name]);
  if (unset.length > 0)
    return [
      {
        message: `no ROS 2 environment is sourced: ${unset.join(' and ')} ${unset.length > 1 ? 'are' : 'is'} not set`,
        remedy: setUp(env, host),
      },
    ];
  const prefixes = amentPrefixes(env);
  const gone = prefixes.filter((prefix) => !existsSync(prefix));
  if (gone.length > 0)
    return [
      { message: `AMENT_PREFIX_PATH names ${gone.join(', ')}, which is not there`, remedy: setUp(env, host) },
    ];
  return libraryProblems(env, prefixes, host);
}

export function amentPrefixes(env: NodeJS.ProcessEnv): string[] {
  return directories(env['AMENT_PREFIX_PATH']);
}

function libraryProblems(env: NodeJS.ProcessEnv, prefixes: readonly string[], host: RosHost): RosProblem[] {
  const folders = [...directories(env['LD_LIBRARY_PATH']), ...prefixes.map((prefix) => `${prefix}/lib`)];
  const isMissing = (library: string) => !folders.some((folder) => existsSync(path.join(folder, library)));
  if (isMissing('librcl.so'))
    return [
      {
        message: `librcl.so is neither in LD_LIBRARY_PATH nor in the lib folder of ${prefixes.join(', ')}`,
        remedy: setUp(env, host),
      },
    ];
  const rmw = env['RMW_IMPLEMENTATION'];
  if (rmw && isMissing(`lib${rmw}.so`))
    return [
      {
        message: `RMW_IMPLEMENTATION is ${rmw}, and no lib${rmw}.so was found`,
        remedy: `sudo apt-get install ros-${env['ROS_DISTRO']}-${rmw.replaceAll('_', '-')}`,
      },
    ];
  return [];
}

/** The command that makes an installed distribution known to a shell, or the one that installs what fits the system. */
function setUp(env: NodeJS.ProcessEnv, host: RosHost): string {
  const suited = distroForOs(host);
  const installed = installedDistros(host);
  const wished = [env['ROS_DISTRO'], suited, ...installed.toReversed()].find(
    (distro) => distro !== undefined && installed.includes(distro),
  );
  const shell = path.basename(env['SHELL'] ?? '') === 'zsh' ? 'zsh' : 'bash';
  if (wished) return `source ${path.join(host.distroRoot, wished, `setup.${shell}`)}`;
  if (suited)
    return (
      `Install ROS 2 (https://docs.ros.org/en/${suited}/Installation.html: ` +
      `sudo apt-get install ros-${suited}-ros-base), then: source ${host.distroRoot}/${suited}/setup.${shell}`
    );
  return (
    `ROS 2 has no packages for ${readOsRelease(host).name}: use Ubuntu 22.04 (humble) or 24.04 (jazzy), a container, ` +
    'or a build from source whose setup.bash you source.'
  );
}

/** Distributions of which `setup.bash` is there, in the order of the alphabet. */
export function installedDistros(host: RosHost): string[] {
  const names = existsSync(host.distroRoot) ? readdirSync(host.distroRoot) : [];
  return names.filter((name) => existsSync(path.join(host.distroRoot, name, 'setup.bash'))).sort();
}

function directories(value: string | undefined): string[] {
  return (value ?? '').split(path.delimiter).filter((entry) => entry !== '');
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
