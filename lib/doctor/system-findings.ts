import { boardName, isContainer, isJetson } from '../engine/jetpack.js';
import { readText } from '../engine/machine-files.js';
import { hasNvidiaDevice } from '../engine/nvidia-gpu.js';
import { hostOf, readOsRelease } from '../ros/ros-environment.js';
import type { Examination } from './examination.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { isNodeNewEnough, OLDEST_NODE } from './node-version.js';

/** Operating system, C library, Node, and the container around them if there is one. */
export function systemFindings(examination: Examination): Finding[] {
  const { machine, live } = examination;
  const { arch = process.arch } = machine;
  const kernel = readText(machine, 'proc/sys/kernel/osrelease')?.trim();
  const parts = [readOsRelease(hostOf(machine)).name, kernel && `Linux ${kernel}`, arch];
  const system = parts.filter((part) => part !== undefined && part !== '').join(', ');
  const findings = [ok('system', system)];
  if (live !== undefined) findings.push(...processFindings(live.platform, live.glibc, live.node));
  if (isContainer(machine)) findings.push(containerFinding(examination));
  return findings;
}

function processFindings(platform: string, glibc: string | undefined, node: string): Finding[] {
  const library =
    glibc !== undefined
      ? ok('C library', `glibc ${glibc}`)
      : platform === 'linux'
        ? warn(
            'C library',
            'it is not glibc, which ONNX Runtime and the native addon are built for',
            'Use a Debian or Ubuntu, or an image of one; not Alpine.',
          )
        : ok('C library', `that of ${platform}; TensorRT and ROS 2 are used on Linux only`);
  return [
    library,
    isNodeNewEnough(node)
      ? ok('Node.js', node)
      : fail(
          'Node.js',
          `${node}; jetson-vla needs ${OLDEST_NODE} or newer`,
          'Install a newer one (https://nodejs.org/en/download), or on a Jetson: npx jetson-vla setup-jetson',
        ),
  ];
}

function containerFinding({ machine }: Examination): Finding {
  if (hasNvidiaDevice(machine)) return ok('container', 'yes, and it is given an NVIDIA GPU');
  return isJetson(machine)
    ? warn(
        'container',
        `yes, on ${boardName(machine) ?? 'a Jetson'}, and it is not given the GPU`,
        'Start it with --runtime nvidia.',
      )
    : ok('container', 'yes, without an NVIDIA GPU', 'To pass one in: --runtime nvidia --gpus all');
}
