import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { VLAError } from '../../errors.js';
import type { OptimisationProfile } from '../../toolchain/build-profiles.js';
import type { OnnxInput } from '../../toolchain/onnx-inputs.js';
import { fileSha256 } from '../file-sha256.js';
import type { EngineBuildOptions } from '../tensorrt-options.js';

/** An ONNX file that an engine may be built from. */
export interface OnnxModel {
  /** Absolute. */
  readonly file: string;
  /** Of files that were checked already: the model's own under `.`, those beside it by their names. */
  readonly sha256?: Readonly<Record<string, string>>;
  /** The sizes of its dynamic dimensions, as far as the policy tells. */
  profile(inputs: readonly OnnxInput[]): OptimisationProfile;
}

/** The model's own sha256 under `.`, and those of the weights beside it by their names. */
export async function modelSha256({ file, sha256 = {} }: OnnxModel): Promise<Record<string, string>> {
  const { readExternalData } = await import('../../toolchain/external-data.js');
  const beside = await readExternalData(file).catch(() => []);
  const entries = await Promise.all(
    ['.', ...beside].map(async (name) => [name, sha256[name] ?? (await sha256Of(file, name))] as const),
  );
  return Object.fromEntries(entries);
}

/**
 * What the user says, and what the policy tells of the inputs that are left; undefined for a model without dynamic
 * dimensions.
 *
 * @throws VLAError INVALID_ARGUMENT for profiles of the user's that do not fit; ENGINE_BUILD_FAILED when the policy
 *   alone tells too little
 */
export async function resolveModelProfiles(
  model: OnnxModel,
  given: EngineBuildOptions['profiles'],
): Promise<readonly OptimisationProfile[] | undefined> {
  const { readOnnxInputs } = await import('../../toolchain/onnx-inputs.js');
  const { resolveProfiles } = await import('../../toolchain/build-profiles.js');
  const inputs = await readOnnxInputs(model.file);
  const told = model.profile(inputs);
  const profiles = [given ?? {}].flat().map((profile) => ({ ...told, ...profile }));
  try {
    resolveProfiles(inputs, profiles);
  } catch (cause) {
    if (!(cause instanceof VLAError) || given !== undefined) throw cause;
    throw new VLAError('ENGINE_BUILD_FAILED', `${model.file}: ${cause.message}`, {
      hint: 'Say it with the option tensorrt.build.profiles, or with stages.models[0].profiles in policy.json.',
      cause,
    });
  }
  return profiles.some((profile) => Object.keys(profile).length > 0) ? profiles : undefined;
}

/** A file that is missing, or not beside the model, is for TensorRT to refuse: its place in the key tells it apart. */
async function sha256Of(model: string, name: string): Promise<string> {
  const file = name === '.' ? model : resolve(dirname(model), name);
  const outside = relative(dirname(model), file).startsWith('..');
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() && !outside ? fileSha256(file) : 'none';
}
