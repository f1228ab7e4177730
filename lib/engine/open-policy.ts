import { basename, dirname, extname, join } from 'node:path';
import { VLAError } from '../errors.js';
import { type BundleGolden, loadBundle, type PolicyBundle } from '../policy/bundle.js';
import { bundleOrFile } from '../policy/bundle-or-file.js';
import type { PolicyManifest } from '../policy/manifest.js';
import type { Artifact } from '../policy/manifest-stages.js';
import { Policy } from '../policy/policy.js';
import { TextTokenizer } from '../policy/tokenizer.js';
import { bareManifest } from './bare-model.js';
import { openBundleModel } from './bundle-model.js';
import { fileSha256 } from './file-sha256.js';
import { checkLoadOptions, type LoadOptions } from './load-options.js';
import { bareProfile } from './model-profiles.js';
import { narrowIntegers } from './narrow-integers.js';
import { type OpenedModel, openOnnx } from './open-onnx.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';

/** A policy and the model that it runs, known to fit each other. */
export interface OpenPolicy {
  /** The bundle's directory, or the bare model file; absolute. */
  readonly path: string;
  readonly policy: Policy;
  /** Owned by the caller. */
  readonly session: Session;
  readonly golden: readonly BundleGolden[];
  /** The engine of the cache that runs in the place of the ONNX file; absolute. */
  readonly cachedEngine?: string;
  readonly warnings: readonly string[];
}

/**
 * Opens the policy at a path: a bundle's directory, its policy.json, or a bare model file.
 *
 * @throws VLAError BUNDLE_NOT_FOUND, INVALID_ARGUMENT and whatever is wrong with the bundle, its model or its
 *   tokenizer; no session is left open then
 */
export async function openPolicy(path: string, options: LoadOptions): Promise<OpenPolicy> {
  if (typeof path !== 'string' || path === '')
    throw new VLAError(
      'INVALID_ARGUMENT',
      `expected the path of a policy, got ${JSON.stringify(path) ?? typeof path}`,
    );
  const found = await bundleOrFile(path);
  if ('bundle' in found) return openBundle(found.bundle, options);
  const { file } = found;
  switch (extname(file).toLowerCase()) {
    case '.onnx':
      return openBare(file, 'onnx', options);
    case '.engine':
    case '.plan':
      return openBare(file, 'engine', options);
    default:
      throw new VLAError('INVALID_ARGUMENT', `expected a bundle, policy.json, .onnx or .engine, got ${file}`);
  }
}

async function openBundle(directory: string, options: LoadOptions): Promise<OpenPolicy> {
  checkLoadOptions(options, 'bundle');
  const bundle = await loadBundle(directory);
  return openBundleWith(bundle, () => openBundleModel(bundle, options));
}

/**
 * Opens the policy of a bundle with a model that may be none of its artifacts.
 *
 * @throws VLAError UNSUPPORTED_POLICY, TOKENIZER_MISSING, TOKENIZER_INVALID, MODEL_MISMATCH; what `openModel` throws
 */
export async function openBundleWith(
  bundle: PolicyBundle,
  openModel: () => Promise<OpenedModel>,
): Promise<OpenPolicy> {
  const { file } = bundle.manifest.inputs.text?.tokenizer ?? {};
  const tokenizer = file === undefined ? undefined : await TextTokenizer.load(bundle.resolve(file));
  // What needs no model comes first: it fails in milliseconds.
  makePolicy(bundle.manifest, tokenizer);
  const { session, warnings, engine } = await openModel();
  return orDispose(session, async () => {
    const policy = makePolicy(narrowIntegers(bundle.manifest, session), tokenizer);
    policy.checkModel(session.inputs, session.outputs);
    return {
      path: bundle.directory,
      policy,
      session,
      golden: bundle.golden,
      ...(engine !== undefined && { cachedEngine: engine }),
      warnings: [...bundle.warnings, ...warnings],
    };
  });
}

async function openBare(file: string, format: Artifact['format'], options: LoadOptions): Promise<OpenPolicy> {
  checkLoadOptions(options, 'bare');
  const sha256 = await fileSha256(file, options.signal);
  const { session, warnings, engine } = await openBareModel(file, format, sha256, options);
  return orDispose(session, async () => {
    const { inputs, outputs } = session;
    const manifest = bareManifest({ name: basename(file), format, sha256, inputs, outputs }, options);
    const tokenizer = options.tokenizer ?? join(dirname(file), 'tokenizer.json');
    const takesIds = manifest.inputs.text?.mode === 'runtime';
    const policy = makePolicy(manifest, takesIds ? await TextTokenizer.load(tokenizer) : undefined);
    return {
      path: file,
      policy,
      session,
      golden: [],
      ...(engine !== undefined && { cachedEngine: engine }),
      warnings: [...assumptions(manifest, options), ...warnings],
    };
  });
}

async function openBareModel(
  file: string,
  format: Artifact['format'],
  sha256: string,
  options: LoadOptions,
): Promise<OpenedModel> {
  if (format === 'engine') return { session: await openSession({ format, file }, options), warnings: [] };
  return openOnnx({ file, sha256: { '.': sha256 }, profile: bareProfile }, options);
}

function makePolicy(manifest: PolicyManifest, tokenizer: TextTokenizer | undefined): Policy {
  return new Policy(manifest, tokenizer && { tokenizer });
}

/** What the contract of a bare model takes for granted; a robot moves by it, so somebody should look at it once. */
function assumptions({ action, chunk }: PolicyManifest, options: LoadOptions): string[] {
  const assumed = [
    ...(options.jointNames
      ? []
      : [`${action.dims.length - 1} joints in rad in the robot's order, then the gripper`]),
    ...(options.secondsPerWaypoint === undefined ? [`${chunk.dt} s per waypoint`] : []),
  ];
  return assumed.length === 0
    ? []
    : [`a model without a policy.json, so taken for granted: ${assumed.join('; ')}`];
}

async function orDispose<T>(session: Session, rest: () => Promise<T>): Promise<T> {
  try {
    return await rest();
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
