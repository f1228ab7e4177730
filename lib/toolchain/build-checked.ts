import path from 'node:path';
import { policyProfile } from '../engine/model-profiles.js';
import { loadBundle, type PolicyBundle } from '../policy/bundle.js';
import { modelsOf } from '../policy/manifest-stages.js';
import { type BuildProgress, type BuiltEngine, buildEngine } from './build-engine.js';
import type { BuildEngineOptions } from './build-options.js';
import type { OptimisationProfile } from './build-profiles.js';
import { checkEngineParity, type EngineParity } from './engine-parity.js';
import { readOnnxInputs } from './onnx-inputs.js';

export interface CheckedBuildOptions extends Omit<BuildEngineOptions, 'verify'> {
  /** What happens when the engine does not reproduce the bundle's golden observations; `refuse` by default. */
  readonly golden?: 'refuse' | 'warn' | 'skip';
  /** Largest deviation from ONNX Runtime that is accepted; any by default. */
  readonly tolerance?: number;
  readonly onProgress?: (progress: BuildProgress) => void;
}

/** An engine that was compared with what it was built from. */
export interface CheckedEngine extends BuiltEngine {
  readonly parity: EngineParity;
}

/**
 * Builds an engine and compares it before it is kept: with the golden observations when the ONNX file is one of a
 * bundle, the one whose policy.json lies beside it by default, else with ONNX Runtime.
 *
 * @throws VLAError as `buildEngine` and {@link checkEngineParity}; nothing is left then
 */
export async function buildCheckedEngine(
  onnx: string,
  options: CheckedBuildOptions = {},
  bundle?: PolicyBundle,
): Promise<CheckedEngine> {
  const { golden = 'refuse', tolerance, onProgress, ...build } = options;
  const warnings: string[] = [];
  const owner = bundle ?? (await bundleOf(onnx));
  const profiles = owner ? await profilesOf(owner, onnx, build.profiles) : build.profiles;
  let parity: EngineParity = { golden: [] };
  const running = buildEngine(onnx, {
    ...build,
    ...(profiles && { profiles }),
    verify: async (file, passport) => {
      parity = await checkEngineParity(file, passport, {
        onnx,
        golden,
        ...(owner && { bundle: owner }),
        ...(tolerance !== undefined && { tolerance }),
        libraries: build.libraries ?? {},
        warn: (text) => warnings.push(text),
      });
    },
  });
  for await (const progress of running) onProgress?.(progress);
  const built = await running.result;
  return { ...built, warnings: [...built.warnings, ...warnings], parity };
}

/** The bundle beside an ONNX file that has it among its artifacts. A damaged one is nothing to a bare model. */
async function bundleOf(onnx: string): Promise<PolicyBundle | undefined> {
  const bundle = await loadBundle(path.dirname(onnx)).catch(() => undefined);
  const artifacts = bundle ? modelsOf(bundle.manifest.stages).flatMap(({ model }) => model.artifacts) : [];
  const named = artifacts.some(({ file }) => path.resolve(path.dirname(onnx), file) === path.resolve(onnx));
  return named ? bundle : undefined;
}

/** What the user says, and what the bundle tells of the inputs that are left. */
async function profilesOf(
  { manifest }: PolicyBundle,
  onnx: string,
  given: BuildEngineOptions['profiles'],
): Promise<readonly OptimisationProfile[] | undefined> {
  const told = policyProfile(manifest, await readOnnxInputs(onnx));
  const profiles = [given ?? {}].flat().map((profile) => ({ ...told, ...profile }));
  return profiles.some((profile) => Object.keys(profile).length > 0) ? profiles : undefined;
}
