import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Machine, machineAt } from '../../lib/engine/machine.js';
import { temporaryDirectory } from '../engine/fixtures.js';

/** What a system has on its disk and in /proc, as far as the doctor looks: texts by path, and links. */
export interface MachineFiles {
  readonly files: Readonly<Record<string, string>>;
  /** Where a link leads, by the path of the link. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Writes it below a directory that is removed after the test. */
export async function machineWith({ files, links = {} }: MachineFiles): Promise<Machine> {
  const root = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  for (const [name, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await symlink(target, join(root, name));
  }
  return machineAt(root);
}

export function combine(...parts: readonly MachineFiles[]): MachineFiles {
  return {
    files: Object.assign({}, ...parts.map(({ files }) => files)),
    links: Object.assign({}, ...parts.map(({ links }) => links)),
  };
}

const X64 = 'usr/lib/x86_64-linux-gnu';
const ARM64 = 'usr/lib/aarch64-linux-gnu';

function system(name: string, codename: string, kernel: string, python: string): MachineFiles {
  return {
    files: {
      'etc/os-release': `PRETTY_NAME="${name}"\nNAME="${name.split(' ')[0]}"\nVERSION_CODENAME=${codename}\n`,
      'proc/sys/kernel/osrelease': `${kernel}\n`,
      'proc/meminfo': memory(32, 24, 2),
      [`usr/bin/python${python}`]: 'ELF',
    },
    links: { 'usr/bin/python3': `python${python}` },
  };
}

/** GiB, in the lines of /proc/meminfo that say most. */
export function memory(total: number, available: number, swap: number): string {
  const line = (name: string, gib: number) => `${`${name}:`.padEnd(15)} ${Math.round(gib * 2 ** 20)} kB\n`;
  return (
    line('MemTotal', total) +
    line('MemFree', available / 2) +
    line('MemAvailable', available) +
    line('SwapTotal', swap)
  );
}

/** A library as Debian packages lay it down: `libnvinfer.so.10` leads to `libnvinfer.so.10.3.0`. */
export function library(folder: string, name: string, version: string): MachineFiles {
  const file = `${folder}/${name}.so.${version}`;
  return {
    files: { [file]: 'ELF' },
    links: { [`${folder}/${name}.so.${version.split('.')[0]}`]: basename(file) },
  };
}

export function tensorRT(version: string, folder: string = ARM64): MachineFiles {
  return combine(library(folder, 'libnvinfer', version), library(folder, 'libnvonnxparser', version));
}

export function headers(version: string): MachineFiles {
  const [major = '', minor = '', patch = ''] = version.split('.');
  const define = (name: string, value: string) => `#define ${name} ${value} //!< TensorRT version.\n`;
  // Since 10.13 by way of another name.
  const indirect = Number(major) >= 10 && Number(minor) >= 13;
  const parts: readonly (readonly [string, string])[] = [
    ['MAJOR', major],
    ['MINOR', minor],
    ['PATCH', patch],
  ];
  const text = parts
    .map(([part, value]) =>
      indirect
        ? define(`TRT_${part}_ENTERPRISE`, value) + define(`NV_TENSORRT_${part}`, `TRT_${part}_ENTERPRISE`)
        : define(`NV_TENSORRT_${part}`, value),
    )
    .join('');
  return {
    files: {
      'usr/include/aarch64-linux-gnu/NvInferVersion.h': text,
      'usr/include/aarch64-linux-gnu/NvInfer.h': '',
    },
  };
}

export function dpkg(packages: Readonly<Record<string, string>>): MachineFiles {
  const entries = Object.entries(packages).map(
    ([name, version]) =>
      `Package: ${name}\nStatus: install ok installed\nPriority: standard\nArchitecture: arm64\nVersion: ${version}\n` +
      `Description: ${name}\n and a second line\n`,
  );
  // One that was removed, as dpkg keeps it.
  const removed = 'Package: old-package\nStatus: deinstall ok config-files\nVersion: 1.0\n';
  return { files: { 'var/lib/dpkg/status': [...entries, removed].join('\n') } };
}

/** `mode` is the id that is set; without one the board is in its default. */
export function powerModes(names: readonly string[], defaultMode: number, mode?: number): MachineFiles {
  const conf = names.map(
    (name, id) => `< POWER_MODEL ID=${id} NAME=${name} >\nCPU_ONLINE CORE_0 1\nGPU MIN_FREQ 0\n`,
  );
  return {
    files: {
      'etc/nvpmodel.conf': `${conf.join('\n')}\n# mandatory section\n< PM_CONFIG DEFAULT=${defaultMode} >\n`,
      ...(mode !== undefined && { 'var/lib/nvpmodel/status': `pmode:${String(mode).padStart(4, '0')}\n` }),
    },
  };
}

function board(model: string, compatible: string): MachineFiles {
  return {
    files: {
      'proc/device-tree/model': `${model}\0`,
      'proc/device-tree/compatible': `${compatible.split(' ').join('\0')}\0`,
    },
  };
}

function l4t(line: string, isOutOfTree = true): MachineFiles {
  const tail = isOutOfTree
    ? '# KERNEL_VARIANT: oot\nTARGET_USERSPACE_LIB_DIR=nvidia\nTARGET_USERSPACE_LIB_DIR_PATH=usr/lib/aarch64-linux-gnu/nvidia\n'
    : '';
  return { files: { 'etc/nv_tegra_release': `${line}\n${tail}`, 'dev/nvhost-gpu': '', 'dev/nvmap': '' } };
}

/** Jetsons have `libcuda.so.1.1`, others the version of the driver. */
function driver(folder: string, version = '1.1'): MachineFiles {
  const file = `${folder}/libcuda.so.${version}`;
  return { files: { [file]: 'ELF' }, links: { [`${folder}/libcuda.so.1`]: basename(file) } };
}

const GROUPS: MachineFiles = {
  files: { 'etc/group': 'root:x:0:\nsudo:x:27:robot\nvideo:x:44:robot\nrender:x:104:robot\n' },
};

const ORIN = 'nvidia,p3737-0000+p3701-0005 nvidia,p3701-0005 nvidia,tegra234';
const ORIN_NANO = 'nvidia,p3768-0000+p3767-0005-super nvidia,p3767-0005 nvidia,tegra234';
const THOR = 'nvidia,p4071-0000+p3834-0008 nvidia,p3834-0008 nvidia,tegra264';

const FOCAL = system('Ubuntu 20.04.6 LTS', 'focal', '5.10.120-tegra', '3.8');
const JAMMY = system('Ubuntu 22.04.5 LTS', 'jammy', '5.15.148-tegra', '3.10');
const NOBLE = system('Ubuntu 24.04.3 LTS', 'noble', '6.8.12-tegra', '3.12');

/** The lines and versions are those that owners of these boards have published. */
export const MACHINES = {
  'laptop with Ubuntu 24.04': combine(system('Ubuntu 24.04.3 LTS', 'noble', '6.14.0-29-generic', '3.12'), {
    files: { [`${X64}/libc.so.6`]: '' },
  }),
  'laptop with Debian 12': combine(
    system('Debian GNU/Linux 12 (bookworm)', 'bookworm', '6.1.0-38-amd64', '3.11'),
    { files: { [`${X64}/libc.so.6`]: '' } },
  ),
  'laptop with an NVIDIA GPU': combine(
    system('Ubuntu 24.04.3 LTS', 'noble', '6.14.0-29-generic', '3.12'),
    driver(X64, '580.95.05'),
    {
      files: {
        'dev/nvidia0': '',
        'dev/nvidiactl': '',
        'proc/driver/nvidia/version':
          'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22-I3)\nGCC version:  gcc version 13.3.0\n',
        'proc/driver/nvidia/gpus/0000:01:00.0/information':
          'Model: \t\t NVIDIA GeForce RTX 4060 Laptop GPU\nIRQ:   \t\t 173\nGPU UUID: \t GPU-00000000\n',
      },
    },
  ),
  'container on a laptop': combine(system('Ubuntu 22.04.5 LTS', 'jammy', '6.14.0-29-generic', '3.10'), {
    files: { '.dockerenv': '', [`${X64}/libc.so.6`]: '' },
  }),
  'container on a laptop with its GPU': combine(
    system('Ubuntu 22.04.5 LTS', 'jammy', '6.14.0-29-generic', '3.10'),
    driver(X64, '580.95.05'),
    tensorRT('10.13.3', X64),
    { files: { '.dockerenv': '', 'dev/nvidia0': '' } },
  ),
  'container on an Orin without its GPU': combine(
    JAMMY,
    board('NVIDIA Jetson AGX Orin Developer Kit', ORIN),
    tensorRT('10.3.0'),
    {
      // The place of the driver, which the NVIDIA runtime would cover with that of the host.
      files: { '.dockerenv': '', [`${ARM64}/nvidia/libcuda.so.1.1`]: '' },
      links: { [`${ARM64}/nvidia/libcuda.so.1`]: 'libcuda.so.1.1' },
    },
  ),
  'container on an Orin': combine(
    JAMMY,
    board('NVIDIA Jetson AGX Orin Developer Kit', ORIN),
    tensorRT('10.3.0'),
    driver(`${ARM64}/nvidia`),
    { files: { '.dockerenv': '', 'dev/nvhost-gpu': '', 'dev/nvmap': '' } },
  ),
  'Jetson Nano, JetPack 4.6': combine(
    system('Ubuntu 18.04.6 LTS', 'bionic', '4.9.253-tegra', '3.6'),
    board(
      'NVIDIA Jetson Nano Developer Kit',
      'nvidia,p3449-0000-b00+p3448-0000-b00 nvidia,jetson-nano nvidia,tegra210',
    ),
    l4t(
      '# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t210ref, EABI: aarch64, DATE: Sat Feb 19 17:05:08 UTC 2022',
      false,
    ),
    tensorRT('8.2.1'),
    driver(`${ARM64}/tegra`),
    powerModes(['MAXN', '5W'], 0),
  ),
  'AGX Xavier, JetPack 5.1.2': combine(
    FOCAL,
    board('Jetson-AGX', 'nvidia,p2972-0000 nvidia,tegra194'),
    l4t(
      '# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64, DATE: Tue Aug  1 19:57:35 UTC 2023',
      false,
    ),
    tensorRT('8.5.2'),
    headers('8.5.2'),
    driver(`${ARM64}/tegra`),
    dpkg({
      'nvidia-jetpack': '5.1.2-b104',
      'nvidia-l4t-core': '35.4.1-20230801124926',
      libnvinfer8: '8.5.2-1+cuda11.4',
    }),
    powerModes(['MAXN', 'MODE_10W', 'MODE_15W', 'MODE_30W_ALL'], 2),
    GROUPS,
  ),
  'AGX Orin, JetPack 6.0': combine(
    JAMMY,
    board('NVIDIA Jetson AGX Orin Developer Kit', ORIN),
    l4t(
      '# R36 (release), REVISION: 3.0, GCID: 36191598, BOARD: generic, EABI: aarch64, DATE: Mon May  6 17:34:21 UTC 2024',
    ),
    tensorRT('8.6.2'),
    headers('8.6.2'),
    driver(`${ARM64}/nvidia`),
    dpkg({ 'nvidia-jetpack': '6.0+b106', libnvinfer8: '8.6.2.3-1+cuda12.2' }),
    powerModes(['MAXN', 'MODE_15W', 'MODE_30W', 'MODE_50W'], 2, 0),
    GROUPS,
  ),
  'Orin Nano, JetPack 6.2': combine(
    JAMMY,
    board('NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super', ORIN_NANO),
    l4t(
      '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025',
    ),
    tensorRT('10.3.0'),
    headers('10.3.0'),
    driver(`${ARM64}/nvidia`),
    dpkg({ 'nvidia-jetpack': '6.2+b77', libnvinfer10: '10.3.0.30-1+cuda12.5' }),
    powerModes(['15W', '25W', 'MAXN_SUPER'], 1, 1),
    GROUPS,
    { files: { 'proc/meminfo': memory(7.4, 1.3, 3.7) } },
  ),
  'freshly flashed Orin Nano, JetPack 6.2': combine(
    JAMMY,
    board('NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super', ORIN_NANO),
    l4t(
      '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025',
    ),
    driver(`${ARM64}/nvidia`),
    dpkg({ 'nvidia-l4t-core': '36.4.3-20250107174145' }),
    powerModes(['15W', '25W', 'MAXN_SUPER'], 1),
    GROUPS,
  ),
  'AGX Thor, JetPack 7.0': combine(
    NOBLE,
    board('NVIDIA Jetson AGX Thor Developer Kit', THOR),
    l4t(
      '# R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64, DATE: Fri Aug 22 00:55:42 UTC 2025',
    ),
    tensorRT('10.13.3'),
    headers('10.13.3'),
    driver(`${ARM64}/nvidia`),
    dpkg({ libnvinfer10: '10.13.3.9-1+cuda13.0' }),
    powerModes(['MAXN', '120W', '90W', '70W'], 1),
    GROUPS,
    { files: { 'opt/ros/jazzy/setup.bash': '' } },
  ),
  'AGX Thor, JetPack 7.2': combine(
    NOBLE,
    board('NVIDIA Jetson AGX Thor Developer Kit', THOR),
    l4t(
      '# R39 (release), REVISION: 2.0, GCID: 45755727, BOARD: generic, EABI: aarch64, DATE: Mon Jun  1 09:28:48 PM UTC 2026',
    ),
    tensorRT('10.16.2'),
    headers('10.16.2'),
    driver(`${ARM64}/tegra`),
    dpkg({ 'nvidia-jetpack': '7.2-b187', libnvinfer10: '10.16.2.10-1+cuda13.2' }),
    powerModes(['MAXN', '120W', '90W', '70W'], 1, 0),
    GROUPS,
  ),
} satisfies Record<string, MachineFiles>;

export type MachineName = keyof typeof MACHINES;
