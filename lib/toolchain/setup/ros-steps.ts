import { join } from 'node:path';
import { installedPackages } from '../../doctor/dpkg-status.js';
import { entries } from '../../engine/library-directories.js';
import type { Machine } from '../../engine/machine.js';
import { readText } from '../../engine/machine-files.js';
import { aptInstall, asRoot, type SetupStep } from './setup-step.js';
import type { SetupTarget } from './setup-target.js';

const SOURCES = 'etc/apt/sources.list.d';
const RELEASES = 'https://github.com/ros-infrastructure/ros-apt-source/releases';

/** As https://docs.ros.org says for Ubuntu, with as little as the node needs. */
export function rosSteps(target: SetupTarget, distro: string): SetupStep[] {
  return [sourceStep(target), packagesStep(target, distro)];
}

function sourceStep({ machine, ubuntu }: SetupTarget): SetupStep {
  const found = machine === undefined ? undefined : aptSource(machine);
  return {
    id: 'ros-source',
    title: 'Let apt know the packages of ROS 2',
    why: 'the package ros2-apt-source holds their address and key, and keeps them up to date',
    commands: [
      aptInstall('software-properties-common', 'curl'),
      asRoot('add-apt-repository', '-y', 'universe'),
      asRoot('bash', '-euo', 'pipefail', '-c', aptSourceScript(ubuntu)),
      asRoot('apt-get', 'update'),
    ],
    done: found !== undefined,
    seen: found ?? `no source of packages.ros.org in /${SOURCES}`,
  };
}

/** The file's name has its version in it, which the address of the newest release leads to. */
function aptSourceScript(ubuntu: string): string {
  return [
    'dir=$(mktemp -d)',
    `trap 'rm -rf "$dir"' EXIT`,
    `version=$(basename "$(curl -fsSLI -o /dev/null -w '%{url_effective}' ${RELEASES}/latest)")`,
    `curl -fsSL -o "$dir/source.deb" "${RELEASES}/download/$version/ros2-apt-source_$version.${ubuntu}_all.deb"`,
    'dpkg -i "$dir/source.deb"',
  ].join('; ');
}

function packagesStep({ machine }: SetupTarget, distro: string): SetupStep {
  const wanted = ['ros-base', 'control-msgs', 'controller-manager-msgs'].map(
    (name) => `ros-${distro}-${name}`,
  );
  const installed = machine === undefined ? undefined : installedPackages(machine);
  const missing = wanted.filter((name) => installed?.has(name) !== true);
  return {
    id: 'ros',
    title: `Install ROS 2 ${distro}`,
    why: 'the ROS node talks to cameras and controllers with it; ros-base needs no screen',
    commands: [aptInstall(...wanted)],
    done: missing.length === 0,
    seen: missing.length === 0 ? `packages ${wanted.join(', ')}` : `not installed: ${missing.join(', ')}`,
    afterwards: `source /opt/ros/${distro}/setup.bash && npm install rclnodejs`,
  };
}

function aptSource(machine: Machine): string | undefined {
  const version = installedPackages(machine).get('ros2-apt-source');
  if (version !== undefined) return `package ros2-apt-source ${version}`;
  const file = entries(join(machine.root, SOURCES)).find(
    (name) =>
      /\.(list|sources)$/.test(name) &&
      /^[^#]*packages\.ros\.org\/ros2/m.test(readText(machine, `${SOURCES}/${name}`) ?? ''),
  );
  return file === undefined ? undefined : `/${SOURCES}/${file}`;
}
