import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.js';

/** A JetPack and the TensorRT that comes with it. */
interface JetPack {
  readonly name: string;
  /** As versions are spoken of, such as `10.3`. */
  readonly tensorrt: string;
  /** What `apt` installs it from; none where that TensorRT is too old to be driven. */
  readonly packages?: string;
}

const PACKAGES_8 = 'libnvinfer8 libnvonnxparsers8';
const PACKAGES_10 = 'libnvinfer10 libnvonnxparsers10';

/** By the release of Jetson Linux (L4T), which is what a Jetson knows about itself; the last that is not newer. */
const JETPACKS: readonly (JetPack & { readonly from: readonly [release: number, revision: number] })[] = [
  { from: [0, 0], name: 'JetPack 4 or older', tensorrt: '8.2 or older' },
  { from: [34, 0], name: 'JetPack 5.0', tensorrt: '8.4' },
  { from: [35, 2], name: 'JetPack 5.1', tensorrt: '8.5', packages: PACKAGES_8 },
  { from: [36, 0], name: 'JetPack 6.0', tensorrt: '8.6', packages: PACKAGES_8 },
  { from: [36, 4], name: 'JetPack 6.1 or 6.2', tensorrt: '10.3', packages: PACKAGES_10 },
  { from: [38, 0], name: 'JetPack 7', tensorrt: '10.13 or newer', packages: PACKAGES_10 },
  { from: [39, 0], name: 'JetPack 7.2 or newer', tensorrt: '10.13 or newer, 11 from 7.2.2 on' },
];

const TABLE =
  'JetPack 5.1 has TensorRT 8.5, 6.0 has 8.6, 6.1 and 6.2 have 10.3, 7 has 10.13 or newer, 7.2.2 has 11';

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

function remedy({ packages }: JetPack): string {
  if (packages === undefined) return 'sudo apt install nvidia-jetpack. It needs TensorRT 8.5 or newer.';
  return `sudo apt install ${packages} (or nvidia-jetpack for all of it).`;
}

/** Containers on a Jetson see its device tree, though hardly ever its release file. */
function isJetson(machine: Machine): boolean {
  return read(machine, 'etc/nv_tegra_release') !== undefined || boardName(machine) !== undefined;
}

function readJetPack(machine: Machine): JetPack | undefined {
  const line = read(machine, 'etc/nv_tegra_release');
  const [, release, revision] = /R(\d+) \(release\), REVISION: (\d+)/.exec(line ?? '') ?? [];
  if (release === undefined || revision === undefined) return undefined;
  return JETPACKS.findLast(
    ({ from }) => from[0] < Number(release) || (from[0] === Number(release) && from[1] <= Number(revision)),
  );
}

/** Such as `NVIDIA Jetson AGX Orin Developer Kit`. */
function boardName(machine: Machine): string | undefined {
  const model = read(machine, 'proc/device-tree/model')?.replaceAll('\0', '').trim();
  return model && /jetson|tegra|thor|orin/i.test(model) ? model : undefined;
}

function isContainer({ root, env }: Machine): boolean {
  return (
    env['container'] !== undefined ||
    existsSync(join(root, '.dockerenv')) ||
    existsSync(join(root, 'run/.containerenv'))
  );
}

function read({ root }: Machine, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
