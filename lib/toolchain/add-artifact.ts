import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withFileLock } from '../engine/engine-cache/file-lock.js';
import { fileSha256 } from '../engine/file-sha256.js';
import { VLAError } from '../errors.js';
import { loadBundle } from '../policy/bundle.js';
import { parseManifest } from '../policy/manifest.js';
import { type Artifact, modelsOf } from '../policy/manifest-stages.js';
import { type InstalledFiles, installFiles } from './install-files.js';
import { indentOf, jsonAt, locateJson } from './json-text.js';
import { stage, stageFile } from './staged-output.js';

/** Where policy.json lists the files of a single-stage policy's only model. */
const ARTIFACTS = ['stages', 'models', 0, 'artifacts'] as const;

/** Of artifacts that agree in all of these there is one in a bundle: engines differ by what they were built for. */
const IDENTITY = ['format', 'precision', 'tensorrt', 'sm', 'platform'] as const satisfies (keyof Artifact)[];

/** What policy.json says about a file, without its sha256. */
export type NewArtifact = Omit<Artifact, 'sha256'>;

export interface AddArtifactOptions {
  /**
   * A directory of the same file system with the finished file and its external data, to be moved into the bundle;
   * without it they are there already.
   */
  readonly from?: string;
}

/**
 * Adds a model or engine to a bundle: its file first, then the entry in policy.json, of which everything else stays
 * as it is to the letter. Calls for one bundle wait for each other. It replaces an artifact of the same file, or of the same format and precision for the same
 * TensorRT and GPU. Anything that fails leaves policy.json and the files that it names as they were.
 *
 * @param artifact its `file` is relative to the bundle
 * @returns the entry as it was written
 * @throws VLAError UNSUPPORTED_POLICY when the policy has more than one model; WRITE_FAILED; what `loadBundle` throws
 */
export async function addArtifact(
  bundleDirectory: string,
  artifact: NewArtifact,
  options: AddArtifactOptions = {},
): Promise<Artifact> {
  const { directory } = await loadBundle(bundleDirectory);
  const manifestFile = path.join(directory, 'policy.json');
  // Of two at once, the second has to see what the first has added.
  const lock = path.join(directory, '.policy.json.lock');
  return stage(manifestFile, () => withFileLock(lock, {}, () => add(directory, artifact, options)));
}

async function add(
  bundleDirectory: string,
  artifact: NewArtifact,
  { from }: AddArtifactOptions,
): Promise<Artifact> {
  const { directory, manifest } = await loadBundle(bundleDirectory);
  if (manifest.stages.kind !== 'single')
    throw new VLAError('UNSUPPORTED_POLICY', `${directory} has several models; artifacts are added to one`, {
      hint: 'Add the entry to policy.json by hand.',
    });
  const { format, file, externalData, precision, ...rest } = artifact;
  const entry: Artifact = {
    format,
    file,
    sha256: await fileSha256(path.join(from ?? directory, file)),
    ...(externalData && { externalData }),
    precision,
    ...rest,
  };
  const listed = modelsOf(manifest.stages)[0]?.model.artifacts ?? [];
  const replaced = listed.flatMap((other, index) => (isReplacedBy(other, entry) ? [index] : []));
  const manifestFile = path.join(directory, 'policy.json');
  const text = withEntry((await readFile(manifestFile, 'utf8')).replace(/^\uFEFF/, ''), entry, replaced);
  // Whatever is wrong with the entry has to show before anything is moved.
  parseManifest(JSON.parse(text));
  let moved: InstalledFiles | undefined;
  try {
    await stageFile(manifestFile, async (temporary) => {
      await writeFile(temporary, text);
      if (from !== undefined) moved = await installFiles(from, directory, namesOf(entry));
    });
  } catch (error) {
    await moved?.undo();
    throw error;
  }
  await moved?.keep();
  return entry;
}

function namesOf({ file, externalData = [] }: Artifact): readonly string[] {
  return [file, ...externalData.map((data) => (typeof data === 'string' ? data : data.file))];
}

function isReplacedBy(other: Artifact, entry: Artifact): boolean {
  return other.file === entry.file || IDENTITY.every((key) => other[key] === entry[key]);
}

/** The text of policy.json with the entry in the place of those that it replaces, or at the end. */
function withEntry(text: string, entry: Artifact, replaced: readonly number[]): string {
  const list = jsonAt(locateJson(text), ARTIFACTS);
  const [first, ...others] = list ? [...list.children.values()] : [];
  if (list === undefined || first === undefined) throw new TypeError('a checked manifest has artifacts');
  const space = text.slice(list.from + 1, first.from);
  const last = others.at(-1) ?? first;
  const added = JSON.stringify(entry, null, indentOf(text)).replaceAll(
    '\n',
    `\n${/[^\n]*$/.exec(space)?.[0]}`,
  );
  const items = [first, ...others].flatMap((node, index) => {
    if (index === replaced[0]) return [added];
    return replaced.includes(index) ? [] : [text.slice(node.from, node.to)];
  });
  if (replaced.length === 0) items.push(added);
  const array = `[${space}${items.join(`,${space}`)}${text.slice(last.to, list.to)}`;
  return text.slice(0, list.from) + array + text.slice(list.to);
}
