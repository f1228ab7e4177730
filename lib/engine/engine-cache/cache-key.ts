import { createHash } from 'node:crypto';
import type { TensorRTInfo } from '../../native/addon-types.js';
import type { ResolvedBuildOptions } from '../../toolchain/build-options.js';
import type { OptimisationProfile } from '../../toolchain/build-profiles.js';

/** Another number for what makes engines of the same inputs different ones. */
const VERSION = 1;

/** Everything that decides what an engine is. */
export interface CacheKeyInputs {
  /** Of the ONNX file, and of the weights beside it by their names. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly info: Pick<TensorRTInfo, 'version' | 'device'>;
  readonly options: Pick<
    ResolvedBuildOptions,
    'precision' | 'tf32' | 'stronglyTyped' | 'workspaceMiB' | 'optimisationLevel'
  >;
  readonly profiles: readonly OptimisationProfile[] | undefined;
}

/** The name under which the engine of these inputs is kept: 32 hex digits. */
export function engineCacheKey({ sha256, info, options, profiles }: CacheKeyInputs): string {
  const { precision, tf32, stronglyTyped, workspaceMiB = null, optimisationLevel = null } = options;
  const facts = [
    VERSION,
    sorted(sha256),
    info.version,
    info.device.name,
    info.device.computeCapability,
    `${process.platform}-${process.arch}`,
    { precision, tf32, stronglyTyped, workspaceMiB, optimisationLevel },
    sorted(profiles ?? null),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

/** The same value with the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
