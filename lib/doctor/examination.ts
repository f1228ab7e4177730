import type { Machine } from '../engine/machine.js';
import type { FoundTensorRT } from '../engine/tensorrt-libraries.js';
import type { VLAError } from '../errors.js';
import { type Finding, fail, ok, warn } from './finding.js';
import type { LiveMachine } from './live-machine.js';

/** What a machine can be asked to have. Without it these may be absent: policies also run on ONNX Runtime. */
export const REQUIREMENTS = ['tensorrt', 'ros', 'python'] as const;

export type Requirement = (typeof REQUIREMENTS)[number];

/** What each part of the doctor is given. */
export interface Examination {
  readonly machine: Machine;
  readonly required: ReadonlySet<Requirement>;
  /** Absent where the files of another machine are looked at: nothing of it can be opened or started. */
  readonly live: LiveMachine | undefined;
  /** TensorRT and the driver, opened, or why they are not; undefined where nothing was opened. */
  readonly search: Promise<FoundTensorRT | VLAError | undefined>;
}

/** Something that policies can do without: a failure where it was asked for. */
export function absent(
  { required }: Examination,
  requirement: Requirement,
  topic: string,
  message: string,
  remedy?: string,
): Finding {
  return (required.has(requirement) ? fail : ok)(topic, message, remedy);
}

/** Something that ought to work here and does not. */
export function broken(
  { required }: Examination,
  requirement: Requirement,
  topic: string,
  message: string,
  remedy?: string,
): Finding {
  return (required.has(requirement) ? fail : warn)(topic, message, remedy);
}

/** A path as the examined machine itself would name it. */
export function shown({ machine }: Examination, path: string): string {
  const root = machine.root.replace(/\/+$/, '');
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

/** Such as `7.4 GiB`. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
