import { stat } from 'node:fs/promises';
import type { LoadOptions } from '../../engine/load-options.js';
import { VLAError } from '../../errors.js';

/** A policy, and how it is to be run. */
export interface BenchTarget {
  /** As it was asked for. */
  readonly name: string;
  /** A bundle or a model file. */
  readonly path: string;
  readonly options: Pick<LoadOptions, 'backend' | 'precision' | 'threads'>;
}

/**
 * `DIR@precision` chooses from a bundle, unless there is a file of just that name.
 *
 * @throws VLAError INVALID_ARGUMENT when the options name another precision
 */
export async function policyTarget(name: string, options: BenchTarget['options']): Promise<BenchTarget> {
  const [, path, precision] = /^(.+)@([^@/\\]+)$/.exec(name) ?? [];
  const isName = await stat(name).then(
    () => true,
    () => false,
  );
  if (path === undefined || precision === undefined || isName) return { name, path: name, options };
  if (options.precision !== undefined && options.precision !== precision)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `${name} and --precision ${options.precision} ask for different precisions: give one of them`,
    );
  return { name, path, options: { ...options, precision } };
}
