import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { VLAError } from '../errors.js';

/** What somebody who names a policy means; both absolute. */
export type BundleOrFile = { readonly bundle: string } | { readonly file: string };

/**
 * A bundle is meant by its directory or by its policy.json; anything else is a file by itself.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when there is nothing at the path
 */
export async function bundleOrFile(path: string): Promise<BundleOrFile> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch((cause: unknown) => {
    throw new VLAError(
      'BUNDLE_NOT_FOUND',
      `expected a policy bundle or a model file, found nothing at ${absolute}`,
      {
        hint: 'Pass the directory that holds policy.json, or an .onnx or .engine file.',
        cause,
      },
    );
  });
  if (found.isDirectory()) return { bundle: absolute };
  return basename(absolute) === 'policy.json' ? { bundle: dirname(absolute) } : { file: absolute };
}
