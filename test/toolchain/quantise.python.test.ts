import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JetsonVLAEngine } from '../../lib/index.js';
import { packageRoot } from '../../lib/native/package-root.js';
import { loadBundle, selectArtifact, verifyArtifact } from '../../lib/policy/bundle.js';
import { quantiseModel } from '../../lib/toolchain/quantise/quantise-model.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { rejectionOf } from '../policy/error-of.js';

const PYTHON = process.env['JETSON_VLA_PYTHON'] ?? 'python3';
const PICK = path.join(packageRoot, 'examples/policies/pick');

/** A copy of the demo's bundle, and the sha256 of all that lies there. */
async function pick() {
  const root = await temporaryDirectory();
  const bundle = path.join(root, 'pick');
  await cp(PICK, bundle, { recursive: true });
  return { root, bundle, contents: () => contentsOf(root) };
}

async function contentsOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => {
        const hash = createHash('sha256').update(await readFile(file));
        return [path.relative(directory, file), hash.digest('hex')] as const;
      }),
    ),
  );
}

function start(args: readonly string[]) {
  const program = ['--import', 'tsx', path.join(packageRoot, 'lib/cli/main.ts')];
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: packageRoot,
    env: { ...process.env, NODE_OPTIONS: '', JETSON_VLA_PYTHON: PYTHON },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  return { child, output, ended: once(child, 'close').then(() => ({ code: child.exitCode, ...output })) };
}

describe('quantiseModel', () => {
  it.each([
    ['uint8', 'uint8-dynamic', 'model.uint8.onnx', 60, 0.05],
    ['int8', 'int8-static', 'model.int8.onnx', 60, 0.05],
    ['fp16', 'float16', 'model.fp16.onnx', 45, 0.005],
  ] as const)(
    'puts a smaller %s model into a bundle, which loads it and gives the golden actions',
    async (mode, precision, name, reduction, close) => {
      const { bundle, root, contents } = await pick();
      const before = await contents();
      const report = await quantiseModel(bundle, { mode, evaluate: 0, python: PYTHON });
      const file = path.join(bundle, name);
      expect(report).toMatchObject({ file, bundle, precision, opset: 17, exact: [], tolerance: 0.05 });
      expect(report.quantised.reductionPercent).toBeGreaterThan(reduction);
      expect(report.quantised.actions?.maxAbs).toBeGreaterThan(0);
      expect(report.quantised.actions?.maxAbs).toBeLessThan(close);
      expect(report.quantised.latencyMs?.p50).toBeGreaterThan(0);
      expect(report.samples).toEqual({ source: 'golden', count: 1 });
      expect(report.notes.join()).toContain('judged on 1 observation of the bundle itself');

      const loaded = await loadBundle(bundle, { verify: 'all' });
      const artifact = selectArtifact(loaded, { format: 'onnx', precision });
      expect(await verifyArtifact(loaded, artifact)).toBe(file);
      expect(artifact.exporter).toMatch(/^torch\.onnx \(TorchScript\), onnxruntime \d/);
      const engine = await JetsonVLAEngine.load(bundle, { precision, golden: 'refuse' });
      await engine.dispose();

      const changed = ['pick/policy.json', `pick/${name}`];
      const after = await contents();
      expect(Object.keys(after).sort()).toEqual(
        [...new Set([...Object.keys(before), `pick/${name}`])].sort(),
      );
      for (const [other, sha256] of Object.entries(before))
        if (!changed.includes(other)) expect(after[other]).toBe(sha256);
      expect((await readdir(root)).sort()).toEqual(['pick']);
    },
  );

  it('puts the result of a bare model beside it, judged on random inputs, and says what they are worth', async () => {
    const root = await temporaryDirectory();
    await cp(path.join(PICK, 'model.onnx'), path.join(root, 'model.onnx'));
    const report = await quantiseModel(path.join(root, 'model.onnx'), {
      mode: 'int8',
      samples: 3,
      keep: ['/head/*', 'Conv'],
      python: PYTHON,
    });
    expect(report.file).toBe(path.join(root, 'model.int8.onnx'));
    expect(report.samples).toEqual({ source: 'random', count: 3 });
    expect(report.exact.length).toBeGreaterThan(5);
    expect(report.exact.every((node) => node.includes('Conv') || node.startsWith('/head/'))).toBe(true);
    expect(report.notes.join()).toContain('3 random inputs, which say little');
    expect((await readdir(root)).sort()).toEqual(['model.int8.onnx', 'model.onnx']);
  });

  it('finds out which nodes have to stay exact for a tolerance to hold', async () => {
    const { bundle } = await pick();
    const strict = { mode: 'uint8', tolerance: 0.01, evaluate: 0, python: PYTHON } as const;
    const refused = await rejectionOf(quantiseModel(bundle, strict));
    expect(refused.code).toBe('ACCURACY_LOST');
    const report = await quantiseModel(bundle, { ...strict, autoKeep: true });
    expect(report.exact.length).toBeGreaterThan(0);
    expect(report.quantised.actions?.maxAbs).toBeLessThanOrEqual(0.01);
    expect(report.quantised.reductionPercent).toBeGreaterThan(30);
  });

  it('leaves a bundle as it was when it is cancelled at any step', async () => {
    const { bundle, contents } = await pick();
    const before = await contents();
    for (const step of ['Reading the model', 'Checking the model', 'Checking the golden observations']) {
      const controller = new AbortController();
      const cancelled = quantiseModel(bundle, {
        mode: 'fp16',
        python: PYTHON,
        signal: controller.signal,
        onProgress: ({ label }) => {
          if (label === step) controller.abort();
        },
      });
      expect((await rejectionOf(cancelled)).code).toBe('ABORTED');
      expect(await contents()).toEqual(before);
    }
  });

  it('ends with one clear error for a model, observations or patterns that are none', async () => {
    const { root, bundle, contents } = await pick();
    const broken = path.join(root, 'broken.onnx');
    await cp(path.join(PICK, 'model.onnx'), broken);
    await truncate(broken, 300_000);
    await writeFile(path.join(root, 'text.onnx'), 'no model at all');
    const before = await contents();
    const options = { mode: 'uint8', evaluate: 0, python: PYTHON } as const;
    const cases = [
      [() => quantiseModel(broken, options), 'MODEL_INVALID'],
      [() => quantiseModel(path.join(root, 'text.onnx'), options), 'MODEL_INVALID'],
      [() => quantiseModel(path.join(root, 'nowhere.onnx'), options), 'BUNDLE_NOT_FOUND'],
      [() => quantiseModel(`${bundle}@float64`, options), 'INVALID_ARGUMENT'],
      [
        () => quantiseModel(bundle, { ...options, observations: path.join(root, 'none.jsonl') }),
        'BUNDLE_NOT_FOUND',
      ],
      [() => quantiseModel(bundle, { ...options, keep: ['/nobody/*'] }), 'INVALID_ARGUMENT'],
      [() => quantiseModel(`${bundle}@uint8-dynamic`, { ...options, mode: 'fp16' }), 'QUANTISE_FAILED'],
      [
        () => quantiseModel(path.join(bundle, 'model.onnx'), { ...options, python: '/no/python' }),
        'PYTHON_UNAVAILABLE',
      ],
    ] as const;
    for (const [quantise, code] of cases) expect((await rejectionOf(quantise())).code).toBe(code);
    expect(await contents()).toEqual(before);
  });

  it.skipIf(process.getuid?.() === 0)('says that a read-only bundle cannot be written', async () => {
    const { bundle } = await pick();
    await chmod(bundle, 0o555);
    const refused = rejectionOf(quantiseModel(bundle, { mode: 'fp16', evaluate: 0, python: PYTHON }));
    expect((await refused.finally(() => chmod(bundle, 0o755))).code).toBe('WRITE_FAILED');
  });

  const hasModelOpt = spawnSync(PYTHON, ['-c', 'import modelopt']).status === 0;
  it.skipIf(hasModelOpt)('tells how to install ModelOpt where a mode needs it', async () => {
    const { bundle, contents } = await pick();
    const before = await contents();
    const error = await rejectionOf(quantiseModel(bundle, { mode: 'autocast', python: PYTHON }));
    expect(error.code).toBe('QUANTISE_FAILED');
    expect(error.hint).toContain('pip install "nvidia-modelopt[onnx]"');
    expect(await contents()).toEqual(before);
  });
});

describe('jetson-vla quantise', () => {
  it('keeps nothing above the tolerance: exit status 3, the figures, and every byte as it was', async () => {
    const { bundle, contents } = await pick();
    const before = await contents();
    const { code, stdout, stderr } = await start([
      ...['quantize', bundle, '--mode', 'uint8', '--tolerance', '0.001', '--json'],
    ]).ended;
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ACCURACY_LOST' } });
    expect(stderr).toMatch(/differs from the original by up to 0\.0\d+, 0\.00100 is allowed/);
    expect(await contents()).toEqual(before);
  });

  it('leaves nothing behind at Ctrl-C', async () => {
    const { bundle, contents } = await pick();
    const before = await contents();
    const { child, output, ended } = start(['quantise', bundle, '--mode', 'uint8']);
    await expect.poll(() => output.stderr, { timeout: 60_000 }).toContain('Inferring shapes\n');
    expect(Object.keys(await contents()).length).toBeGreaterThan(Object.keys(before).length);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await contents()).toEqual(before);
  });
});
