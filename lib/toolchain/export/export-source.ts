import { stat } from 'node:fs/promises';
import path from 'node:path';
import { VLAError } from '../../errors.js';

/** What a policy is exported from. */
export type ExportSource =
  | { readonly kind: 'factory'; readonly module: string; readonly factory: string; readonly label: string }
  | { readonly kind: 'lerobot'; readonly directory: string; readonly label: string };

/**
 * @param text `package.module:factory`, `path/file.py:factory`, or the directory of a LeRobot policy
 * @throws VLAError INVALID_ARGUMENT
 */
export async function parseExportSource(text: string): Promise<ExportSource> {
  const found = await stat(text).catch(() => undefined);
  if (found?.isDirectory()) {
    const config = await stat(path.join(text, 'config.json')).catch(() => undefined);
    if (config?.isFile())
      return { kind: 'lerobot', directory: path.resolve(text), label: path.basename(path.resolve(text)) };
    throw new VLAError('INVALID_ARGUMENT', `${text} is no LeRobot policy: it has no config.json`, {
      hint: 'Give the directory that save_pretrained wrote, such as …/checkpoints/last/pretrained_model.',
    });
  }
  const colon = text.lastIndexOf(':');
  const [module, factory] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const isModule =
    module.endsWith('.py') || /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(module);
  if (colon > 0 && isModule && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(factory))
    // Only the file's name: where it lay is nobody's business but the user's.
    return { kind: 'factory', module, factory, label: `${path.basename(module)}:${factory}` };
  throw new VLAError('INVALID_ARGUMENT', `expected a policy to export, got ${text}`, {
    hint: 'Give package.module:factory, path/file.py:factory, or the directory of a LeRobot policy.',
  });
}
