import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VLA_ERROR_CODES, VLAError } from '../lib/errors.js';

/** What raises errors: the library, and the Python that it runs. */
const SOURCES = ['../lib', '../python/jetson_vla_tools'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

async function sourceOf(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => /\.([jt]s|py)$/.test(file) && file !== 'errors.ts',
  );
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts.join('\n');
}

describe('VLAError', () => {
  it('shows code, message and hint as text, and keeps the cause', () => {
    const cause = new Error('below');
    const error = new VLAError('MODEL_INVALID', 'expected a model, got a poem', {
      hint: 'export it again',
      cause,
    });
    expect(String(error)).toBe('VLAError [MODEL_INVALID]: expected a model, got a poem\n  → export it again');
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
    expect(String(new VLAError('ABORTED', 'stopped'))).toBe('VLAError [ABORTED]: stopped');
    expect('cause' in new VLAError('ABORTED', 'stopped')).toBe(false);
  });

  it('has no code that nothing raises, and a sentence for each', async () => {
    const source = (await Promise.all(SOURCES.map(sourceOf))).join('\n').replaceAll('"', "'");
    for (const [code, sentence] of Object.entries(VLA_ERROR_CODES)) {
      expect(source, code).toContain(`'${code}'`);
      expect(sentence).toMatch(/^\S.*\.$/);
    }
  });
});
