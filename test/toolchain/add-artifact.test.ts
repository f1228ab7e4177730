import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBundle, verifyArtifact } from '../../lib/policy/bundle.js';
import { addArtifact, type NewArtifact } from '../../lib/toolchain/add-artifact.js';
import { indentOf, jsonAt, locateJson } from '../../lib/toolchain/json-text.js';
import { rejectionOf } from '../policy/error-of.js';
import { minimalManifest, withValue } from '../policy/minimal-manifest.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const ARTIFACTS = ['stages', 'models', 0, 'artifacts'] as const;

let root: string;
let bundle: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'add-artifact-'));
  bundle = path.join(root, 'policy');
  await mkdir(bundle);
  await writeFile(path.join(bundle, 'model.onnx'), 'weights');
  await writeFile(path.join(bundle, 'tokenizer.json'), 'words');
});
afterEach(() => rm(root, { recursive: true }));

const manifestFile = () => path.join(bundle, 'policy.json');
const manifestText = () => readFile(manifestFile(), 'utf8');
const artifactsNow = async () => {
  const { stages } = JSON.parse(await manifestText());
  return stages.models[0].artifacts;
};

async function writePolicy(text: (json: unknown) => string, artifacts?: readonly object[]): Promise<string> {
  const entries = artifacts ?? [{ format: 'onnx', file: 'model.onnx', sha256: sha('weights') }];
  let json = withValue(minimalManifest(), ARTIFACTS, entries);
  json = withValue(json, ['inputs', 'text', 'tokenizer', 'sha256'], sha('words'));
  await writeFile(manifestFile(), text(json));
  return text(json);
}

describe('addArtifact', () => {
  it('adds the entry at the end, and leaves every other character of policy.json as it was', async () => {
    const before = await writePolicy((json) => `${JSON.stringify(json, null, 2)}\n`);
    await writeFile(path.join(bundle, 'model.int8.onnx'), 'small');
    await addArtifact(bundle, {
      format: 'onnx',
      file: 'model.int8.onnx',
      precision: 'int8-static',
      opset: 17,
    });
    const expected = withValue(JSON.parse(before), [...ARTIFACTS, 1], {
      format: 'onnx',
      file: 'model.int8.onnx',
      sha256: sha('small'),
      precision: 'int8-static',
      opset: 17,
    });
    expect(await manifestText()).toBe(`${JSON.stringify(expected, null, 2)}\n`);
    const { manifest, ...rest } = await loadBundle(bundle, { verify: 'all' });
    expect(manifest.stages.kind === 'single' && manifest.stages.models[0].artifacts[1]?.precision).toBe(
      'int8-static',
    );
    expect(rest.warnings).toEqual([]);
  });

  it('loses no entry when several are added at once', async () => {
    await writePolicy((json) => JSON.stringify(json, null, 2));
    const names = ['int8-static', 'float16', 'uint8-dynamic', 'bfloat16'];
    for (const name of names) await writeFile(path.join(bundle, `${name}.onnx`), name);
    await Promise.all(
      names.map((precision) => addArtifact(bundle, { format: 'onnx', file: `${precision}.onnx`, precision })),
    );
    const listed = (await artifactsNow()).map(({ file }: { file: string }) => file);
    expect(listed.sort()).toEqual([...names.map((name) => `${name}.onnx`), 'model.onnx'].sort());
    expect((await readdir(bundle)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('keeps tabs, a text in one line, and numbers as somebody wrote them', async () => {
    for (const indent of ['\t', undefined]) {
      const before = await writePolicy((json) =>
        JSON.stringify({ note: 'NUMBER', ...(json as object) }, null, indent).replace('"NUMBER"', '1.50e+3'),
      );
      await writeFile(path.join(bundle, 'b.onnx'), 'small');
      await addArtifact(bundle, { format: 'onnx', file: 'b.onnx', precision: 'float16' });
      const after = await manifestText();
      expect(after.startsWith(before.slice(0, before.indexOf('"artifacts"')))).toBe(true);
      expect(after.includes('\n')).toBe(indent !== undefined);
      expect(after).toBe(
        JSON.stringify(JSON.parse(after), null, indent)
          .replace('"note":1500', '"note":1.50e+3')
          .replace('"note": 1500', '"note": 1.50e+3'),
      );
    }
  });

  it('replaces the entry of the same file or precision where it stands, and the file with it', async () => {
    await writePolicy(
      (json) => JSON.stringify(json),
      [
        { format: 'onnx', file: 'model.onnx', sha256: sha('weights') },
        { format: 'onnx', file: 'old.onnx', sha256: sha('old'), precision: 'float16', opset: 13 },
        {
          format: 'engine',
          file: 'a.engine',
          sha256: sha('a'),
          precision: 'float16',
          tensorrt: '10.3.0',
          sm: '8.7',
        },
      ],
    );
    for (const [file, text] of [
      ['old.onnx', 'old'],
      ['a.engine', 'a'],
    ] as const)
      await writeFile(path.join(bundle, file), text);
    const staged = path.join(root, 'staged');
    await mkdir(staged);
    await writeFile(path.join(staged, 'old.onnx'), 'new');
    await addArtifact(bundle, { format: 'onnx', file: 'old.onnx', precision: 'float16' }, { from: staged });
    expect(await artifactsNow()).toMatchObject([
      { file: 'model.onnx' },
      { file: 'old.onnx', sha256: sha('new'), precision: 'float16' },
      { file: 'a.engine' },
    ]);
    expect(await readFile(path.join(bundle, 'old.onnx'), 'utf8')).toBe('new');
    expect((await artifactsNow())[1]).not.toHaveProperty('opset');
    await writeFile(path.join(bundle, 'b.engine'), 'b');
    await addArtifact(bundle, {
      format: 'engine',
      file: 'b.engine',
      precision: 'float16',
      tensorrt: '10.3.0',
      sm: '8.6',
    });
    expect((await artifactsNow()).map(({ file }: { file: string }) => file)).toEqual([
      'model.onnx',
      'old.onnx',
      'a.engine',
      'b.engine',
    ]);
  });

  it('moves the weights beside a model with it', async () => {
    await writePolicy((json) => JSON.stringify(json, null, 2));
    const staged = path.join(root, 'staged');
    await mkdir(staged);
    await writeFile(path.join(staged, 'b.onnx'), 'graph');
    await writeFile(path.join(staged, 'b.onnx.data'), 'numbers');
    const externalData = [{ file: 'b.onnx.data', sha256: sha('numbers') }];
    const artifact = { format: 'onnx', file: 'b.onnx', externalData, precision: 'float16' } as const;
    const entry = await addArtifact(bundle, artifact, { from: staged });
    expect(await verifyArtifact(await loadBundle(bundle), entry)).toBe(path.join(bundle, 'b.onnx'));
    expect(await readdir(staged)).toEqual([]);
  });

  it('leaves the bundle as it was when an entry is invalid or a file is missing', async () => {
    const before = await writePolicy((json) => JSON.stringify(json, null, 2));
    const files = await readdir(bundle);
    const invalid = { format: 'onnx', file: 'model.onnx', precision: '' } as const;
    expect((await rejectionOf(addArtifact(bundle, invalid))).code).toBe('MANIFEST_INVALID');
    const missing = { format: 'onnx', file: 'none.onnx', precision: 'float16' } as const;
    await expect(addArtifact(bundle, missing)).rejects.toThrow('none.onnx');
    expect(await manifestText()).toBe(before);
    expect(await readdir(bundle)).toEqual(files);
  });

  it('brings the old file back when the new one cannot be moved with all that belongs to it', async () => {
    const before = await writePolicy(
      (json) => JSON.stringify(json, null, 2),
      [
        { format: 'onnx', file: 'model.onnx', sha256: sha('weights') },
        { format: 'onnx', file: 'b.onnx', sha256: sha('old'), precision: 'float16' },
      ],
    );
    await writeFile(path.join(bundle, 'b.onnx'), 'old');
    const staged = path.join(root, 'staged');
    await mkdir(staged);
    await writeFile(path.join(staged, 'b.onnx'), 'new');
    const artifact: NewArtifact = {
      format: 'onnx',
      file: 'b.onnx',
      externalData: ['gone.data'],
      precision: 'float16',
    };
    await expect(addArtifact(bundle, artifact, { from: staged })).rejects.toThrow('gone.data');
    expect(await manifestText()).toBe(before);
    expect(await readFile(path.join(bundle, 'b.onnx'), 'utf8')).toBe('old');
    expect((await readdir(bundle)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('says that a read-only bundle cannot be written', async () => {
    const before = await writePolicy((json) => JSON.stringify(json, null, 2));
    await chmod(bundle, 0o555);
    const artifact = { format: 'onnx', file: 'model.onnx', precision: 'float16' } as const;
    const error = await rejectionOf(addArtifact(bundle, artifact)).finally(() => chmod(bundle, 0o755));
    expect(error.code).toBe('WRITE_FAILED');
    expect(await manifestText()).toBe(before);
  });
});

describe('locateJson', () => {
  it('finds every value of any JSON text, however it is indented', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '  ', '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const check = (node: ReturnType<typeof locateJson>, of: unknown): void => {
          expect(JSON.parse(text.slice(node.from, node.to))).toEqual(of);
          const entries: [string | number, unknown][] = Array.isArray(of)
            ? [...of.entries()]
            : typeof of === 'object' && of !== null
              ? Object.entries(of)
              : [];
          expect(node.children.size).toBe(entries.length);
          for (const [key, child] of entries) {
            const found = jsonAt(node, [key]);
            expect(found).toBeDefined();
            if (found) check(found, child);
          }
        };
        check(locateJson(text), JSON.parse(text));
      }),
    );
  });

  it('tells the indentation of a text', () => {
    expect(indentOf('{\n  "a": 1\n}')).toBe('  ');
    expect(indentOf('[\r\n\t1]')).toBe('\t');
    expect(indentOf('{"a": 1}')).toBe('');
  });
});
