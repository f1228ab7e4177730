import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { VLAError } from '../errors.js';
import type { PolicyManifest } from './manifest.js';
import { formatPath } from './manifest-issues.js';
import { type Artifact, modelsOf } from './manifest-stages.js';

/** A file that the manifest names. */
export interface NamedFile {
  /** Where the manifest names it, such as `stages.models[0].artifacts[0].file`. */
  readonly where: string;
  readonly file: string;
  /** Absent where the manifest gives none. */
  readonly sha256?: string;
}

/** The files of one artifact: the model, and the weights beside it. */
export function artifactFiles(artifact: Artifact, where: string): NamedFile[] {
  return [
    { where: `${where}.file`, file: artifact.file, sha256: artifact.sha256 },
    ...(artifact.externalData ?? []).map((data, index) => ({
      where: `${where}.externalData[${index}]`,
      ...(typeof data === 'string' ? { file: data } : data),
    })),
  ];
}

/** Every file that the manifest names. */
export function namedFiles(manifest: PolicyManifest): NamedFile[] {
  const { tokenizer } = manifest.inputs.text ?? {};
  return [
    ...modelsOf(manifest.stages).flatMap(({ model, path }) =>
      model.artifacts.flatMap((artifact, index) =>
        artifactFiles(artifact, formatPath([...path, 'artifacts', index])),
      ),
    ),
    ...(tokenizer ? [{ where: 'inputs.text.tokenizer.file', ...tokenizer }] : []),
    ...manifest.golden.map(({ file }, index) => ({ where: `golden[${index}].file`, file })),
  ];
}

/**
 * Checks that every file is there, is a regular file, and lies inside the bundle with all links followed.
 *
 * @throws VLAError BUNDLE_NOT_FOUND with one line per missing file; MANIFEST_INVALID for links that lead out
 */
export async function checkFiles(directory: string, files: readonly NamedFile[]): Promise<void> {
  const root = await realpath(directory);
  const missing: string[] = [];
  const outside: string[] = [];
  for (const { where, file } of files) {
    try {
      const target = await realpath(resolve(directory, file));
      const inside = relative(root, target);
      if (inside === '..' || inside.startsWith(`..${sep}`) || resolve(root, inside) === root)
        outside.push(`${where}: expected a file inside the bundle, got a link from ${file} to outside`);
      else if (!(await stat(target)).isFile())
        missing.push(`${where}: expected a file, got something else at ${file}`);
    } catch {
      missing.push(`${where}: expected a file, found nothing at ${file}`);
    }
  }
  if (outside.length > 0)
    throw new VLAError('MANIFEST_INVALID', outside.join('\n'), {
      hint: 'Copy the files into the bundle, for example with cp -rL.',
    });
  if (missing.length > 0)
    throw new VLAError('BUNDLE_NOT_FOUND', `${directory}:\n${missing.join('\n')}`, {
      hint: 'Copy the missing files into the bundle, or correct policy.json.',
    });
}

/**
 * Compares the contents of files with their sha256, reading them as streams: weights may be larger than memory.
 *
 * @throws VLAError CHECKSUM_MISMATCH for the first file that differs, BUNDLE_NOT_FOUND when one cannot be read
 */
export async function verifyFiles(directory: string, files: readonly NamedFile[]): Promise<void> {
  for (const { where, file, sha256 } of files) {
    if (sha256 === undefined) continue;
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(resolve(directory, file)), hash);
    } catch (error) {
      throw new VLAError('BUNDLE_NOT_FOUND', `${where}: ${file} cannot be read`, {
        hint: 'Check the permissions of the bundle.',
        cause: error,
      });
    }
    const got = hash.digest('hex');
    if (got !== sha256)
      throw new VLAError('CHECKSUM_MISMATCH', `${where}: expected sha256 ${sha256} of ${file}, got ${got}`, {
        hint: 'Download the bundle again; if you changed the file on purpose, update policy.json.',
      });
  }
}
