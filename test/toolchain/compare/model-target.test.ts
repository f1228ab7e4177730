import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTarget, resolveModels } from '../../../lib/toolchain/compare/model-target.js';
import { addEngines, writeBundle } from '../../engine/bundle.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { bytes, number, text } from '../write-onnx.js';
import { bundleOfTwo } from './altered-model.js';

/** An ONNX model with one weight that lies in another file. */
const withWeightsIn = (location: string) => {
  const entry = bytes(13, Buffer.concat([text(1, 'location'), text(2, location)]));
  const weight = bytes(5, Buffer.concat([text(8, 'w'), entry, number(14, 1)]));
  return bytes(7, Buffer.concat([weight, bytes(11, text(1, 'x'))]));
};

describe('resolveModels', () => {
  it('takes a bundle for all of its models, by its directory or its policy.json', async () => {
    const directory = await bundleOfTwo(0, 1);
    const targets = await resolveModels(directory);
    expect(targets).toMatchObject([
      {
        name: `${basename(directory)}@float32`,
        format: 'onnx',
        file: join(directory, 'model.onnx'),
        precision: 'float32',
      },
      {
        name: `${basename(directory)}@altered`,
        precision: 'altered',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(targets[0]?.bundle?.golden).toHaveLength(1);
    expect((await resolveModels(join(directory, 'policy.json'))).map(({ file }) => file)).toEqual(
      targets.map(({ file }) => file),
    );
  });

  it('takes one precision after an @, in a directory that may have one in its name too', async () => {
    const directory = await bundleOfTwo(0, 1);
    expect(await resolveModels(`${directory}@altered`)).toMatchObject([{ precision: 'altered' }]);
    const odd = join(await temporaryDirectory(), 'pick@home');
    await symlink(directory, odd);
    expect(await resolveModels(odd)).toHaveLength(2);
    expect(await resolveModels(`${odd}@altered`)).toMatchObject([{ name: 'pick@home@altered' }]);
    const error = await rejectionOf(resolveModels(`${directory}@int8`));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('float32 (model.onnx), altered (altered.onnx)');
  });

  it('tells models of one precision apart by their files', async () => {
    const directory = await writeBundle();
    await addEngines(directory, [{ content: Buffer.alloc(10), artifact: { precision: 'float32' } }]);
    const id = basename(directory);
    expect((await resolveModels(directory)).map(({ name, format, bytes }) => [name, format, bytes])).toEqual([
      [`${id}@float32 (model.onnx)`, 'onnx', expect.any(Number)],
      [`${id}@float32 (engine-0.engine)`, 'engine', 10],
    ]);
  });

  it('takes a file that a policy.json beside it names for a model of that bundle, and others for what they are', async () => {
    const directory = await bundleOfTwo(0, 1);
    expect(await resolveModels(join(directory, 'altered.onnx'))).toMatchObject([{ precision: 'altered' }]);
    await copyFile(model('default-nhwc'), join(directory, 'other.onnx'));
    const [bare] = await resolveModels(join(directory, 'other.onnx'));
    expect(bare).toMatchObject({ name: 'other.onnx', format: 'onnx' });
    expect(bare?.bundle).toBeUndefined();
    await writeFile(join(directory, 'policy.json'), '{');
    expect((await resolveModels(join(directory, 'altered.onnx')))[0]?.bundle).toBeUndefined();
  });

  it('counts the weights beside the file', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'model.onnx');
    const content = withWeightsIn('parts/weights.data');
    await writeFile(file, content);
    const missing = await rejectionOf(resolveModels(file));
    expect(missing.code).toBe('BUNDLE_NOT_FOUND');
    expect(missing.message).toContain(join(directory, 'parts', 'weights.data'));
    await mkdir(join(directory, 'parts'));
    await writeFile(join(directory, 'parts', 'weights.data'), Buffer.alloc(1000));
    expect((await resolveModels(file))[0]?.bytes).toBe(content.length + 1000);
  });

  it.each([
    ['/nowhere/policy', 'BUNDLE_NOT_FOUND'],
    ['/nowhere/policy@int8', 'BUNDLE_NOT_FOUND'],
    [`${model('default-nhwc')}@int8`, 'INVALID_ARGUMENT'],
    [import.meta.filename, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (argument, code) => {
    expect((await rejectionOf(resolveModels(argument))).code).toBe(code);
  });

  it('refuses a file that is no ONNX model', async () => {
    const file = join(await temporaryDirectory(), 'pointer.onnx');
    await writeFile(file, 'version https://git-lfs.github.com/spec/v1\n');
    expect(await rejectionOf(resolveModels(file))).toMatchObject({
      code: 'MODEL_INVALID',
      hint: expect.stringContaining('git lfs pull'),
    });
  });
});

describe('fileTarget', () => {
  it('makes a new file one of a bundle that does not know it yet', async () => {
    const [{ bundle } = {}] = await resolveModels(await bundleOfTwo(0, 1));
    if (!bundle) throw new Error('expected a bundle');
    expect(await fileTarget(model('default-nhwc'), { bundle, precision: 'int8' })).toMatchObject({
      name: 'default-nhwc.onnx',
      precision: 'int8',
      bundle: { directory: bundle.directory },
    });
  });
});
