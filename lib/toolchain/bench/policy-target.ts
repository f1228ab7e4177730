import { stat } from 'node:fs/promises';
import type { LoadOptions } from '../../engine/load-options.js';

/** A policy, and how it is to be run. */
export interface BenchTarget {
  /** As it was asked for. */
  readonly name: string;
  /** A bundle or a model file. */
  readonly path: string;
  readonly options: Pick<LoadOptions, 'backend' | 'precision' | 'threads'>;
}

/** `DIR@precision` chooses from a bundle, unless there is a file of just that name. */
export async function policyTarget(name: string, options: BenchTarget['options']): Promise<BenchTarget> {
  const [, path, precision] = /^(.+)@([^@/\\]+)$/.exec(name) ?? [];
  const isName = await stat(name).then(
    () => true,
    () => false,
  );
  if (path === undefined || precision === undefined || isName) return { name, path: name, options };
  return { name, path, options: { ...options, precision } };
}
