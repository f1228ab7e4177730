import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ExportOptions } from '../../../lib/toolchain/export/export-options.js';
import { exportPolicy } from '../../../lib/toolchain/export/export-policy.js';

export const POLICIES = fileURLToPath(new URL('../../fixtures/export/policies.py', import.meta.url));
/** An interpreter with PyTorch: the tests that need one run with it only. */
export const PYTHON = process.env['JETSON_VLA_PYTHON'] ?? 'python3';

const TOKENIZER = {
  model: {
    type: 'WordLevel',
    vocab: { '[PAD]': 0, '[UNK]': 1, pick: 2, up: 3, the: 4, red: 5, block: 6 },
    unk_token: '[UNK]',
  },
  pre_tokenizer: { type: 'Whitespace' },
};

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'jetson-vla-export-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function writeTokenizer(directory: string): Promise<string> {
  const file = path.join(directory, 'words.json');
  await writeFile(file, JSON.stringify(TOKENIZER));
  return file;
}

/** Flags of the policies with text in test/fixtures/export/policies.py. */
export function flagsWith(tokenizer: string) {
  return {
    joints: [{ name: 'pan' }, { name: 'lift' }],
    unit: 'deg',
    gripper: { name: 'jaw', open: 100, closed: 0 },
    dt: 0.1,
    tokenizer,
    maxTokens: 6,
    imageSize: { h: 16, w: 16 },
  };
}

/** Exports a policy of the fixture into a new directory, and says what is left beside it. */
export async function exportHere(options: Partial<ExportOptions> & Pick<ExportOptions, 'source'>) {
  const directory = await temporaryDirectory();
  const flags = flagsWith(await writeTokenizer(directory));
  const output = path.join(directory, 'bundle');
  const left = async () => (await readdir(directory)).filter((name) => name !== 'words.json');
  const report = exportPolicy({ output, python: PYTHON, flags, ...options });
  return { output, directory, report, left };
}
