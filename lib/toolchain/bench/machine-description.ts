import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { z } from 'zod';
import { readText } from '../../engine/jetson-state/sysfs.js';
import type { Machine } from '../../engine/machine.js';
import { findTensorRT } from '../../engine/tensorrt-libraries.js';
import { packageVersion } from '../../native/package-root.js';

/** What the figures of a run belong to. */
export interface MachineDescription {
  /** Such as `NVIDIA Jetson AGX Orin Developer Kit`; undefined where no device tree says it. */
  readonly board: string | undefined;
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Such as `linux arm64`. */
  readonly platform: string;
  readonly node: string;
  readonly jetsonVla: string;
  /** Undefined where it is not installed. */
  readonly onnxruntime: string | undefined;
  /** Version and GPU, when one of the policies ran on it. */
  readonly tensorrt: { readonly version: string; readonly gpu: string } | undefined;
}

export async function describeMachine(machine: Machine, usesTensorRT: boolean): Promise<MachineDescription> {
  return {
    board: readText(machine, 'proc/device-tree/model')?.replaceAll('\0', ''),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    jetsonVla: packageVersion(),
    onnxruntime: onnxRuntimeVersion(),
    tensorrt: usesTensorRT ? await describeTensorRT() : undefined,
  };
}

function onnxRuntimeVersion(): string | undefined {
  try {
    const manifest: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
    return z.object({ version: z.string() }).parse(manifest).version;
  } catch {
    return undefined;
  }
}

async function describeTensorRT(): Promise<MachineDescription['tensorrt']> {
  const { info } = await findTensorRT();
  return { version: info.version, gpu: info.device.name };
}
