import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.js';
import { readDeviceTree, readText } from './machine-files.js';

/** A JetPack and what comes with it. */
export interface JetPack {
  readonly name: string;
  /** What people type for it; the first is its newest release. */
  readonly versions: readonly string[];
  /** As versions are spoken of, such as `10.3`. */
  readonly tensorrt: string;
  /** Codename of the Ubuntu that it is made of. */
  readonly ubuntu: string;
  /** What `apt` installs TensorRT and its ONNX parser from; none where it is too old to be driven. */
  readonly packages: readonly string[];
  /** What `apt` installs its headers from, which `build-native` needs; none where it is too old. */
  readonly headers: readonly string[];
}

const RUNTIME_8 = ['libnvinfer8', 'libnvonnxparsers8'];
const RUNTIME_10 = ['libnvinfer10', 'libnvonnxparsers10'];
/** TensorRT 8.5 has its headers in libnvinfer-dev, and 8.6 brings libnvinfer-headers-dev with it. */
const HEADERS_8 = ['libnvinfer-dev', 'libnvonnxparsers-dev'];
const HEADERS_10 = ['libnvinfer-headers-dev', 'libnvonnxparsers-dev'];

/** By the release of Jetson Linux (L4T), which is what a Jetson knows about itself; the last that is not newer. */
const JETPACKS: readonly (JetPack & { readonly from: readonly [release: number, revision: number] })[] = [
  {
    from: [0, 0],
    name: 'JetPack 4 or older',
    versions: ['4'],
    tensorrt: '8.2 or older',
    ubuntu: 'bionic',
    packages: [],
    headers: [],
  },
  {
    from: [34, 0],
    name: 'JetPack 5.0',
    versions: ['5.0'],
    tensorrt: '8.4',
    ubuntu: 'focal',
    packages: [],
    headers: [],
  },
  {
    from: [35, 2],
    name: 'JetPack 5.1',
    versions: ['5.1', '5'],
    tensorrt: '8.5',
    ubuntu: 'focal',
    packages: RUNTIME_8,
    headers: HEADERS_8,
  },
  {
    from: [36, 0],
    name: 'JetPack 6.0',
    versions: ['6.0'],
    tensorrt: '8.6',
    ubuntu: 'jammy',
    packages: RUNTIME_8,
    headers: HEADERS_8,
  },
  {
    from: [36, 4],
    name: 'JetPack 6.1 or 6.2',
    versions: ['6.2', '6.1', '6'],
    tensorrt: '10.3',
    ubuntu: 'jammy',
    packages: RUNTIME_10,
    headers: HEADERS_10,
  },
  {
    from: [38, 0],
    name: 'JetPack 7.0 or 7.1',
    versions: ['7.1', '7.0', '7'],
    tensorrt: '10.13',
    ubuntu: 'noble',
    packages: RUNTIME_10,
    headers: HEADERS_10,
  },
  {
    from: [39, 0],
    name: 'JetPack 7.2 or newer',
    versions: ['7.2'],
    tensorrt: '10.16, or 11 from 7.2.2 on',
    ubuntu: 'noble',
    // Without a major version in its name, so that it is right for both.
    packages: ['nvidia-tensorrt'],
    headers: HEADERS_10,
  },
];

const TABLE =
  'JetPack 5.1 has TensorRT 8.5, 6.0 has 8.6, 6.1 and 6.2 have 10.3, 7 has 10.13 or newer, 7.2.2 has 11';

/** What {@link jetPackNamed} knows. */
export const JETPACK_NAMES: readonly string[] = JETPACKS.filter(isDriven)
  .flatMap(({ versions }) => versions.map((version) => `jetpack-${version}`))
  .sort();

/** The JetPack of one of {@link JETPACK_NAMES}; undefined for another name. */
export function jetPackNamed(name: string): JetPack | undefined {
  return JETPACKS.filter(isDriven).find(({ versions }) =>
    versions.some((version) => name === `jetpack-${version}`),
  );
}

/** The release of Jetson Linux, such as `36.4.3`; hardly any container has the file that says so. */
export function readL4T(machine: Machine): string | undefined {
  const line = readText(machine, 'etc/nv_tegra_release') ?? '';
  const [, release, revision] = /R(\d+) \(release\), REVISION: (\d+(?:\.\d+)*)/.exec(line) ?? [];
  return release === undefined || revision === undefined ? undefined : `${release}.${revision}`;
}

export function readJetPack(machine: Machine): JetPack | undefined {
  const [release, revision] = (readL4T(machine) ?? '').split('.').map(Number);
  if (release === undefined || revision === undefined) return undefined;
  return JETPACKS.findLast(({ from }) => from[0] < release || (from[0] === release && from[1] <= revision));
}

/** Whether this version of jetson-vla drives the TensorRT of a JetPack: 8.5 and newer. */
export function isDriven({ packages }: JetPack): boolean {
  return packages.length > 0;
}

/** Such as `NVIDIA Jetson AGX Orin Developer Kit`. */
export function boardName(machine: Machine): string | undefined {
  const [model] = readDeviceTree(machine, 'model');
  return model !== undefined && /jetson|tegra|thor|orin/i.test(model) ? model : undefined;
}

/** The GPU of a Jetson: the architecture's name, and the compute capability that engines are built for. */
export interface JetsonGpu {
  readonly name: string;
  readonly computeCapability: string;
}

const GPUS: Readonly<Record<string, JetsonGpu>> = {
  'nvidia,tegra194': { name: 'Xavier', computeCapability: '7.2' },
  'nvidia,tegra234': { name: 'Orin', computeCapability: '8.7' },
  'nvidia,tegra264': { name: 'Thor', computeCapability: '11.0' },
};

export function jetsonGpu(machine: Machine): JetsonGpu | undefined {
  const chip = readDeviceTree(machine, 'compatible').find((name) => Object.hasOwn(GPUS, name));
  return chip === undefined ? undefined : GPUS[chip];
}

/** Containers on a Jetson see its device tree, though hardly ever its release file. */
export function isJetson(machine: Machine): boolean {
  return readText(machine, 'etc/nv_tegra_release') !== undefined || boardName(machine) !== undefined;
}

export function isContainer({ root, env }: Machine): boolean {
  return (
    env['container'] !== undefined ||
    existsSync(join(root, '.dockerenv')) ||
    existsSync(join(root, 'run/.containerenv'))
  );
}

/** What to install on this machine so that TensorRT is found. */
export function installTensorRT(machine: Machine): string {
  if (isContainer(machine) && !isJetson(machine)) return `${CONTAINER} ${LAPTOP}`;
  if (!isJetson(machine))
    return `With an NVIDIA GPU: install TensorRT 10 or 11 (apt, or pip install tensorrt), or name its library in JETSON_VLA_NVINFER. ${LAPTOP}`;
  const jetpack = readJetPack(machine);
  const board = boardName(machine) ?? 'this Jetson';
  const install = jetpack
    ? `${board} has ${jetpack.name}, which comes with TensorRT ${jetpack.tensorrt}: ${remedy(jetpack)}`
    : `On ${board}: sudo apt install nvidia-jetpack (${TABLE}).`;
  return isContainer(machine) ? `${CONTAINER} ${install}` : install;
}

/** What to do on this machine so that a CUDA driver is found. */
export function installCudaDriver(machine: Machine): string {
  if (isContainer(machine)) return isJetson(machine) ? CONTAINER : `${CONTAINER} ${LAPTOP}`;
  if (isJetson(machine))
    return 'The driver is part of Jetson Linux: sudo apt install --reinstall nvidia-l4t-cuda, then restart.';
  return `With an NVIDIA GPU: install its driver, and check with nvidia-smi. ${LAPTOP}`;
}

const CONTAINER =
  'In a container: start it with --runtime nvidia (on a PC also --gpus all), from an image that has TensorRT.';
const LAPTOP = "Without an NVIDIA GPU: run the policy's .onnx with backend 'onnxruntime'.";

function remedy(jetpack: JetPack): string {
  if (!isDriven(jetpack)) return 'sudo apt install nvidia-jetpack. It needs TensorRT 8.5 or newer.';
  return `sudo apt install ${jetpack.packages.join(' ')} (or nvidia-jetpack for all of it).`;
}
