import { type Machine, thisMachine } from '../engine/machine.js';
import { mayHaveNvidiaGpu } from '../engine/nvidia-gpu.js';
import { isChosen } from '../engine/tensorrt-candidates.js';
import { addonFindings } from './addon-findings.js';
import type { Examination, Requirement } from './examination.js';
import type { Finding } from './finding.js';
import { gpuFindings } from './gpu-findings.js';
import { jetsonFindings } from './jetson-findings.js';
import { type LiveMachine, liveMachine } from './live-machine.js';
import { diskFindings, memoryFindings } from './memory-findings.js';
import { npmPackageFindings } from './npm-packages.js';
import { onnxRuntimeFindings } from './onnxruntime-findings.js';
import { pythonFindings } from './python-findings.js';
import { rosFindings } from './ros-findings.js';
import { systemFindings } from './system-findings.js';
import { tensorRTFindings } from './tensorrt-findings.js';

export interface ExamineMachineOptions {
  /** What is a failure when it is absent; by default nothing is that policies can do without. */
  readonly require?: readonly Requirement[];
  /** Default: of this process, if `machine.root` is `/`; else nothing is opened or started. */
  readonly live?: LiveMachine;
}

/** The parts, in the order of their findings. */
const PARTS: readonly ((examination: Examination) => readonly Finding[] | Promise<readonly Finding[]>)[] = [
  systemFindings,
  jetsonFindings,
  memoryFindings,
  diskFindings,
  gpuFindings,
  tensorRTFindings,
  addonFindings,
  onnxRuntimeFindings,
  rosFindings,
  pythonFindings,
  npmPackageFindings,
];

/**
 * What jetson-vla finds on a machine, and what to do where something is amiss. Only `fail` means that it cannot work: a
 * machine without a GPU is healthy, since policies run on ONNX Runtime there.
 */
export async function examineMachine(
  machine: Machine = thisMachine(),
  options: ExamineMachineOptions = {},
): Promise<Finding[]> {
  const live = options.live ?? (machine.root === '/' ? liveMachine() : undefined);
  const required = new Set(options.require);
  const isWorthASearch = mayHaveNvidiaGpu(machine) || isChosen({}, machine) || required.has('tensorrt');
  const search = Promise.resolve(isWorthASearch ? live?.tensorrt() : undefined);
  const examination: Examination = { machine, required, live, search };
  const findings = await Promise.all(PARTS.map(async (part) => await part(examination)));
  return findings.flat();
}
