import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBundle, selectArtifact, verifyArtifact } from '../../lib/policy/bundle.js';
import { errorOf, rejectionOf } from './error-of.js';
import { minimalManifest, SHA, withValue } from './minimal-manifest.js';

const MODEL = ['stages', 'models', 0] as const;
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const golden = JSON.stringify({ instruction: 'pick', actionChunk: [[0, 0, 0, 0, 0, 0, 0]] });

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-'));
  directory = join(root, 'policy');
  await mkdir(directory);
  await writeFile(join(directory, 'model.onnx'), 'weights');
  await writeFile(join(directory, 'tokenizer.json'), 'words');
});
afterEach(() => rm(root, { recursive: true }));

/** The minimal manifest with the digests of the files, and what a test changes in it. */
async function writePolicy(
  ...changes: [path: readonly (string | number)[], value: unknown][]
): Promise<void> {
  let json = withValue(minimalManifest(), [...MODEL, 'artifacts', 0, 'sha256'], sha('weights'));
  json = withValue(json, ['inputs', 'text', 'tokenizer', 'sha256'], sha('words'));
  for (const [path, value] of changes) json = withValue(json, path, value);
  await writeFile(join(directory, 'policy.json'), JSON.stringify(json));
}

describe('loadBundle', () => {
  it('reads the manifest, the warnings and the golden observations', async () => {
    await writeFile(join(directory, 'golden.json'), golden);
    await writePolicy([['golden'], [{ file: 'golden.json' }]], [['mood'], 'good']);
    const bundle = await loadBundle(directory, { verify: 'all' });
    expect(bundle.manifest.id).toBe('pick');
    expect(bundle.warnings).toEqual(['mood: unknown key, ignored']);
    expect(bundle.golden[0]?.observation.observation.instruction).toBe('pick');
    expect(bundle.golden[0]?.tolerance.action_chunk.maxAbs).toBe(0.01);
    expect(bundle.resolve('model.onnx')).toBe(join(directory, 'model.onnx'));
  });

  it.each([
    ['a directory that is not there', 'nowhere', 'nothing'],
    ['a file', 'policy/model.onnx', 'a file'],
    ['a directory without policy.json', 'policy', 'policy.json'],
  ])('refuses %s', async (_, path, text) => {
    const error = await rejectionOf(loadBundle(join(root, path)));
    expect(error.code).toBe('BUNDLE_NOT_FOUND');
    expect(error.message).toContain(text);
  });

  it.each([
    ['{\n  "schema": oops\n}', 'line 2, column 13'],
    ['{\n  "schema": "x",\n', 'line 3, column 1'],
    ['', 'line 1, column 1'],
  ])('says where %j is no JSON', async (text, where) => {
    await writeFile(join(directory, 'policy.json'), text);
    const error = await rejectionOf(loadBundle(directory));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(where);
  });

  it('reads a policy.json with a byte order mark', async () => {
    await writePolicy();
    const plain = await readFile(join(directory, 'policy.json'), 'utf8');
    await writeFile(join(directory, 'policy.json'), `\uFEFF${plain}`);
    expect((await loadBundle(directory)).manifest.id).toBe('pick');
  });

  it('lists every missing file', async () => {
    await rm(join(directory, 'model.onnx'));
    await rm(join(directory, 'tokenizer.json'));
    await writePolicy();
    const error = await rejectionOf(loadBundle(directory));
    expect(error.code).toBe('BUNDLE_NOT_FOUND');
    expect(error.message).toContain('stages.models[0].artifacts[0].file');
    expect(error.message).toContain('inputs.text.tokenizer.file');
  });

  it('refuses links that lead out of the directory, and follows those inside', async () => {
    await writeFile(join(root, 'outside.onnx'), 'weights');
    await rm(join(directory, 'model.onnx'));
    await symlink('../outside.onnx', join(directory, 'model.onnx'));
    await writePolicy();
    const error = await rejectionOf(loadBundle(directory));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('outside');

    await rm(join(directory, 'model.onnx'));
    await writeFile(join(directory, 'blob'), 'weights');
    await symlink('blob', join(directory, 'model.onnx'));
    expect((await loadBundle(directory, { verify: 'all' })).manifest.id).toBe('pick');
  });

  it('checks the tokenizer at once, artifacts when they are opened or when asked for all', async () => {
    await writePolicy([[...MODEL, 'artifacts', 0, 'sha256'], SHA]);
    const bundle = await loadBundle(directory);
    const late = await rejectionOf(verifyArtifact(bundle, selectArtifact(bundle, { format: 'onnx' })));
    expect(late.code).toBe('CHECKSUM_MISMATCH');
    const early = await rejectionOf(loadBundle(directory, { verify: 'all' }));
    expect(early.message).toContain('model.onnx');
    await writePolicy([['inputs', 'text', 'tokenizer', 'sha256'], SHA]);
    expect((await rejectionOf(loadBundle(directory))).code).toBe('CHECKSUM_MISMATCH');
  });

  it('checks the weights beside a model too, and warns where they have no sha256', async () => {
    await writeFile(join(directory, 'model.onnx.data'), 'more weights');
    const data = [...MODEL, 'artifacts', 0, 'externalData'];
    await writePolicy([data, [{ file: 'model.onnx.data', sha256: SHA }]]);
    const bundle = await loadBundle(directory);
    const artifact = selectArtifact(bundle, { format: 'onnx' });
    expect((await rejectionOf(verifyArtifact(bundle, artifact))).message).toContain('model.onnx.data');
    await writePolicy([data, ['model.onnx.data']]);
    expect((await loadBundle(directory)).warnings).toEqual([
      'stages.models[0].artifacts[0].externalData[0]: model.onnx.data has no sha256, its contents are not checked',
    ]);
  });

  it('refuses a golden file that is not one, by its name and path', async () => {
    await writeFile(join(directory, 'golden.json'), '{"actionChunk": [[0], [0, 1]]}');
    await writePolicy([['golden'], [{ file: 'golden.json' }]]);
    const error = await rejectionOf(loadBundle(directory));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('golden.json: actionChunk[1]');
  });
});

describe('a golden file', () => {
  it('has to hold the token ids that the manifest promises', async () => {
    await writeFile(join(directory, 'golden.json'), golden);
    await writePolicy([['golden'], [{ file: 'golden.json', contains: ['token_ids'] }]]);
    const error = await rejectionOf(loadBundle(directory));
    expect(error.message).toContain('golden.json: tokenIds');
  });
});

describe('selectArtifact', () => {
  const artifacts = ['float32', 'uint8-dynamic'].map((precision) => ({
    format: 'onnx',
    file: 'model.onnx',
    sha256: sha('weights'),
    precision,
  }));

  it('takes the first that matches', async () => {
    await writePolicy([[...MODEL, 'artifacts'], artifacts]);
    const bundle = await loadBundle(directory);
    expect(selectArtifact(bundle, { format: 'onnx' }).precision).toBe('float32');
    const quantised = selectArtifact(bundle, { format: 'onnx', precision: 'uint8-dynamic' });
    expect(await verifyArtifact(bundle, quantised)).toBe(join(directory, 'model.onnx'));
  });

  it('lists what there is when none matches', async () => {
    await writePolicy([[...MODEL, 'artifacts'], artifacts]);
    const bundle = await loadBundle(directory);
    const error = errorOf(() => selectArtifact(bundle, { format: 'engine', precision: 'float16' }));
    expect(error.message).toContain('onnx float32 (model.onnx), onnx uint8-dynamic (model.onnx)');
  });
});
