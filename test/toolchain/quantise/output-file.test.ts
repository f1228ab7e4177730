import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../lib/native/package-root.js';
import { type ModelTarget, resolveModels } from '../../../lib/toolchain/compare/model-target.js';
import { outputFile } from '../../../lib/toolchain/quantise/output-file.js';
import { temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';

const PICK = path.join(packageRoot, 'examples/policies/pick');

async function targets() {
  const root = await temporaryDirectory();
  const bundle = path.join(root, 'pick');
  await cp(PICK, bundle, { recursive: true });
  const bare = path.join(root, 'model.onnx');
  await cp(path.join(PICK, 'model.onnx'), bare);
  const first = async (argument: string): Promise<ModelTarget> => {
    const [target] = await resolveModels(argument);
    if (!target) throw new Error('no target');
    return target;
  };
  return { root, bundle, listed: await first(bundle), bare: await first(bare) };
}

describe('outputFile', () => {
  it('replaces the artifact of the same precision, and gives others a name of their own', async () => {
    const { bundle, listed } = await targets();
    expect(await outputFile(listed, { mode: 'uint8' })).toEqual({
      file: path.join(bundle, 'model.uint8.onnx'),
      precision: 'uint8-dynamic',
    });
    expect(await outputFile(listed, { mode: 'int8' })).toEqual({
      file: path.join(bundle, 'model.int8.onnx'),
      precision: 'int8-static',
    });
    expect(await outputFile(listed, { mode: 'uint8', precision: 'my own/8' })).toEqual({
      file: path.join(bundle, 'model.my_own_8.onnx'),
      precision: 'my own/8',
    });
  });

  it('tells the formats of one mode apart', async () => {
    const { bare } = await targets();
    const names = await Promise.all(
      (['int8', 'fp8'] as const).map((format) => outputFile(bare, { mode: 'qdq', format })),
    );
    const casts = await Promise.all(
      (['fp16', 'bf16'] as const).map((format) => outputFile(bare, { mode: 'autocast', format })),
    );
    expect([...names, ...casts].map(({ file, precision }) => [path.basename(file), precision])).toEqual([
      ['model.int8-qdq.onnx', 'int8-qdq'],
      ['model.fp8-qdq.onnx', 'fp8-qdq'],
      ['model.fp16-autocast.onnx', 'float16-autocast'],
      ['model.bf16-autocast.onnx', 'bfloat16-autocast'],
    ]);
  });

  it('never takes the place of the original or of another model', async () => {
    const { bundle, listed, bare } = await targets();
    const refused = [
      () => outputFile(listed, { mode: 'fp16', precision: 'float32' }),
      () => outputFile(listed, { mode: 'fp16', precision: 'uint8' }),
      () => outputFile(bare, { mode: 'fp16', output: bare.file, force: true }),
      () => outputFile(bare, { mode: 'fp16', output: path.join(bundle, 'small.engine') }),
      () => outputFile(bare, { mode: 'fp16', output: path.join(bundle, 'model.uint8.onnx'), force: true }),
      () => outputFile(listed, { mode: 'fp16', output: path.join(bundle, 'model.uint8.onnx'), force: true }),
    ];
    for (const choose of refused) expect((await rejectionOf(choose())).code).toBe('INVALID_ARGUMENT');
  });

  it('overwrites a file that is there only by force', async () => {
    const { root, bare } = await targets();
    const file = path.join(root, 'model.fp16.onnx');
    await writeFile(file, 'mine');
    expect((await rejectionOf(outputFile(bare, { mode: 'fp16' }))).hint).toContain('--force');
    expect((await outputFile(bare, { mode: 'fp16', force: true })).file).toBe(file);
  });
});
