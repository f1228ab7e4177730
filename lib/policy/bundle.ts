import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VLAError } from '../errors.js';
import { artifactFiles, checkFiles, namedFiles, verifyFiles } from './bundle-files.js';
import { type GoldenObservation, parseGolden } from './golden.js';
import { type ParsedManifest, type PolicyManifest, parseManifest } from './manifest.js';
import { type Artifact, modelsOf } from './manifest-stages.js';
import { parseJson } from './parse-json.js';

/** A manifest is a few kilobytes; statistics per step and dim make it larger, but not that large. */
const MAX_MANIFEST_BYTES = 64 * 2 ** 20;

export interface BundleOptions {
  /** `used` checks the sha256 of the tokenizer, and of an artifact when it is opened; `all` checks every file now. */
  readonly verify?: 'used' | 'all';
}

/** A golden observation of a bundle and how close a result has to come. */
export interface BundleGolden {
  readonly file: string;
  readonly observation: GoldenObservation;
  readonly tolerance: PolicyManifest['golden'][number]['tolerance'];
}

/** A policy on disk: a checked manifest, and files that are known to be there. */
export interface PolicyBundle {
  /** Absolute. */
  readonly directory: string;
  readonly manifest: PolicyManifest;
  /** What is odd but no error, one line each. */
  readonly warnings: readonly string[];
  readonly golden: readonly BundleGolden[];
  /** The absolute path of a file that the manifest names. */
  resolve(file: string): string;
}

/**
 * Reads the policy bundle in a directory.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when the directory, policy.json or a file that it names is missing;
 *   MANIFEST_INVALID for a bad policy.json or golden file, or links that lead out of the directory;
 *   UNSUPPORTED_POLICY; CHECKSUM_MISMATCH
 */
export async function loadBundle(
  directory: string,
  { verify = 'used' }: BundleOptions = {},
): Promise<PolicyBundle> {
  const root = resolve(directory);
  const { manifest, warnings } = await readManifest(root);
  const files = namedFiles(manifest);
  await checkFiles(root, files);
  const { tokenizer } = manifest.inputs.text ?? {};
  const used = files.filter(({ file }) => verify === 'all' || file === tokenizer?.file);
  await verifyFiles(root, used);
  const golden = await Promise.all(manifest.golden.map((entry) => readGolden(root, entry)));
  const unverified = files
    .filter(({ where, sha256 }) => sha256 === undefined && where.includes('externalData'))
    .map(({ where, file }) => `${where}: ${file} has no sha256, its contents are not checked`);
  return {
    directory: root,
    manifest,
    warnings: [...warnings, ...unverified],
    golden,
    resolve: (file) => join(root, file),
  };
}

export interface ArtifactQuery {
  readonly format: Artifact['format'];
  /** As in the manifest, such as `float32` or `uint8-dynamic`; any when absent. */
  readonly precision?: string;
}

/**
 * The first artifact that matches, of the only model of a single-stage policy.
 *
 * @throws VLAError INVALID_ARGUMENT listing the artifacts that there are
 */
export function selectArtifact(bundle: PolicyBundle, query: ArtifactQuery): Artifact {
  return selectArtifacts(bundle, query)[0];
}

/**
 * All artifacts that match, in the order of the manifest.
 *
 * @throws VLAError INVALID_ARGUMENT listing the artifacts that there are
 */
export function selectArtifacts(
  bundle: PolicyBundle,
  { format, precision }: ArtifactQuery,
): readonly [Artifact, ...Artifact[]] {
  const artifacts = modelsOf(bundle.manifest.stages)[0]?.model.artifacts ?? [];
  const [first, ...rest] = artifacts.filter(
    (artifact) => artifact.format === format && (precision === undefined || artifact.precision === precision),
  );
  if (first === undefined) {
    const list = artifacts.map((artifact) => `${artifact.format} ${artifact.precision} (${artifact.file})`);
    throw new VLAError(
      'INVALID_ARGUMENT',
      `expected an artifact with format ${format}${precision === undefined ? '' : ` and precision ${precision}`}, ` +
        `the bundle has ${list.join(', ')}`,
      { hint: 'Choose one of these, or build the artifact and name it in policy.json.' },
    );
  }
  return [first, ...rest];
}

/**
 * Checks the sha256 of an artifact and of the weights beside it.
 *
 * @returns the absolute path of its file
 * @throws VLAError CHECKSUM_MISMATCH, BUNDLE_NOT_FOUND
 */
export async function verifyArtifact(bundle: PolicyBundle, artifact: Artifact): Promise<string> {
  await verifyFiles(bundle.directory, artifactFiles(artifact, artifact.file));
  return bundle.resolve(artifact.file);
}

async function readGolden(
  directory: string,
  { file, contains, tolerance }: PolicyManifest['golden'][number],
): Promise<BundleGolden> {
  const observation = parseGolden(await readJson(join(directory, file), file), file);
  if (contains.includes('token_ids') && observation.tokenIds === undefined)
    throw new VLAError(
      'MANIFEST_INVALID',
      `${file}: tokenIds: expected token ids, as golden says, got nothing`,
      {
        hint: 'Record the golden observation again, or take token_ids out of contains.',
      },
    );
  return { file, observation, tolerance };
}

async function readManifest(directory: string): Promise<ParsedManifest> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory())
    throw new VLAError(
      'BUNDLE_NOT_FOUND',
      `expected the directory of a policy bundle, found ${found ? 'a file' : 'nothing'} at ${directory}`,
      { hint: 'Pass the directory that holds policy.json.' },
    );
  const file = join(directory, 'policy.json');
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile())
    throw new VLAError('BUNDLE_NOT_FOUND', `expected policy.json in ${directory}, found none`, {
      hint: 'A policy bundle is a directory with policy.json beside its model.',
    });
  await checkFiles(directory, [{ where: 'policy.json', file: 'policy.json' }]);
  if (info.size > MAX_MANIFEST_BYTES)
    throw new VLAError(
      'MANIFEST_INVALID',
      `policy.json: expected at most ${MAX_MANIFEST_BYTES} bytes, got ${info.size}`,
    );
  return parseManifest(await readJson(file, 'policy.json'));
}

async function readJson(file: string, name: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new VLAError('BUNDLE_NOT_FOUND', `${name} cannot be read`, {
      hint: 'Check the permissions of the bundle.',
      cause: error,
    });
  }
  try {
    return parseJson(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new VLAError('MANIFEST_INVALID', `${name}: expected JSON, ${problem}`, {
      hint: 'Correct the syntax at that place.',
      cause: error,
    });
  }
}
