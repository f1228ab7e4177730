import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VLAError } from '../../lib/errors.js';
import type { ExportOptions } from '../../lib/toolchain/export/export-options.js';
import { exportHere, POLICIES, PYTHON, temporaryDirectory, writeTokenizer } from './export/export-here.js';

const CLI = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
const files = mkdtempSync(path.join(tmpdir(), 'jetson-vla-checkpoints-'));

beforeAll(() => {
  const made = spawnSync(PYTHON, [POLICIES, files], { encoding: 'utf8' });
  expect(made.stderr).toBe('');
});
afterAll(() => rmSync(files, { recursive: true, force: true }));

/** The error that an export ends with; nothing of it may be left. */
async function failureOf(
  source: string,
  options: Partial<ExportOptions> = {},
): Promise<Pick<VLAError, 'code' | 'message' | 'hint'>> {
  const { report, left } = await exportHere({ source, ...options });
  const error: VLAError = await report.then(
    () => expect.fail('it was exported'),
    (reason) => reason,
  );
  expect(await left()).toEqual([]);
  return error;
}

async function module(text: string): Promise<string> {
  const file = path.join(await temporaryDirectory(), 'own.py');
  await writeFile(file, text);
  return file;
}

describe('a factory that is not one', () => {
  it.each([
    ['no_such_module_here:make', '', /^there is no Python module no_such_module_here/],
    ['OWN:make', 'def make(:\n', /own\.py cannot be imported: SyntaxError: .*own\.py:1/],
    ['OWN:make', 'import no_such_package\n', /No module named 'no_such_package' \(.*own\.py:1\)/],
    ['OWN:mak', 'def make(): pass\n', /has no function mak; it has make$/],
    [
      'OWN:make',
      'def make():\n  return {}["weights"]\n',
      /own\.py:make failed: KeyError: 'weights' \(.*own\.py:2, in make\)/,
    ],
    [
      'OWN:make',
      'def make(size, depth): pass\n',
      /expected a function of one argument.*it takes size, depth/,
    ],
    ['OWN:make', 'def make(): return [1]\n', /expected a torch\.nn\.Module, it returned list/],
  ])('ends with one message: %s, %j', async (source, text, message) => {
    const file = await module(text);
    const error = await failureOf(source.replace('OWN', file));
    expect(error).toMatchObject({ code: 'EXPORT_FAILED', message: expect.stringMatching(message) });
  });

  it('is told that it needs a checkpoint', async () => {
    const error = await failureOf(`${await module('def make(path): pass\n')}:make`);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: 'Give it with --checkpoint.' });
  });
});

describe('a policy that does not run as its manifest says', () => {
  it('that takes other inputs is told which it was given', async () => {
    const { message, hint } = await failureOf(`${POLICIES}:make`, {
      flags: { joints: [{ name: 'pan' }], unit: 'rad', dt: 0.1, imageSize: { h: 16, w: 16 } },
    });
    expect(message).toMatch(/^forward\(image.*text.*\) .* 1 inputs .*image float32 \[1, 3, 16, 16\]/);
    expect(hint).toContain('--tokenizer');
  });

  it('with more values than names is told so', async () => {
    const { code, message } = await failureOf(`${POLICIES}:make`, {
      flags: {
        joints: [{ name: 'pan' }, { name: 'lift' }],
        unit: 'rad',
        dt: 0.1,
        imageSize: { h: 16, w: 16 },
        tokenizer: await writeTokenizer(await temporaryDirectory()),
        maxTokens: 6,
      },
    });
    expect({ code, message }).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'the policy gives 3 values per waypoint, and 2 are named: pan, lift',
    });
  });
});

describe('a checkpoint that does not fit', () => {
  it('is told that it is not there before PyTorch is even imported', async () => {
    const source = `${await module('def make(): pass\n')}:make`;
    const error = await failureOf(source, { checkpoint: path.join(files, 'none.pt') });
    expect(error).toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringMatching(/found no file at .*none\.pt/),
    });
  });

  it('is told every weight that is missing, unknown or of another shape', async () => {
    const error = await failureOf(`${POLICIES}:make`, { checkpoint: path.join(files, 'other.pt') });
    expect(error).toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringMatching(
        /missing: words\.weight\nnot in the policy: extra\.scale\nof another shape: head\.weight \[5, 12\] instead of \[12, 12\]/,
      ),
    });
  });
});

describe('a graph that ONNX cannot hold', () => {
  it('is refused with the operator that it lacks and the line that calls it', async () => {
    const { code, message } = await failureOf(`${POLICIES}:decomposed`);
    expect(code).toBe('EXPORT_FAILED');
    expect(message).toMatch(
      /dynamo exporter: ONNX has no operator for aten\.linalg_qr, .*policies\.py:\d+, in forward/,
    );
    expect(message).toMatch(/legacy exporter: ONNX opset 18 has no operator for aten::linalg_qr/);
  });

  it('is refused when its way depends on the observation, and not handed to the exporter that would not notice', async () => {
    const { code, message, hint } = await failureOf(`${POLICIES}:one_way`);
    const text = await readFile(POLICIES, 'utf8');
    const line = text.split('\n').findIndex((text) => text.includes('if image[0')) + 1;
    expect(code).toBe('EXPORT_FAILED');
    expect(message).toContain(`policies.py:${line}, in forward`);
    expect(hint).toContain('torch.where');
  });

  it('is refused by its numbers when the older exporter recorded one way only', async () => {
    const warnings: string[] = [];
    const { code, message } = await failureOf(`${POLICIES}:one_way`, {
      exporter: 'legacy',
      onWarning: (text) => warnings.push(text),
    });
    expect(code).toBe('ACCURACY_LOST');
    expect(message).toMatch(
      /differs from PyTorch by up to 0\.\d+, and .* allowed .*worst: (random observations, seed|observation 1)/,
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^policies\.py:\d+: Converting a tensor to a Python boolean/),
    ]);
  });
});

it('says so when the file is larger than the disk takes, and leaves nothing', async () => {
  const python = path.join(await temporaryDirectory(), 'python');
  // The kernel refuses every write beyond half a megabyte, as a full disk does; the model has one and a half.
  await writeFile(python, `#!/bin/sh\nulimit -f 1024\nexec "${PYTHON}" "$@"\n`);
  await chmod(python, 0o755);
  for (const exporter of ['dynamo', 'legacy'] as const) {
    const error = await failureOf(`${POLICIES}:heavy`, { python, exporter });
    expect(error).toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('cannot be written'),
    });
  }
});

it('leaves neither files nor a process behind after Ctrl-C in the midst of the export', async () => {
  const directory = await temporaryDirectory();
  const tokenizer = await writeTokenizer(directory);
  const workplace = path.join(directory, 'workplace');
  await mkdir(workplace);
  const pidFile = path.join(directory, 'pid');
  const args =
    `--joints pan,lift --gripper jaw=0:1 --unit rad --dt 0.1 --max-tokens 6 --image-size 16x16`.split(' ');
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      CLI,
      'export',
      `${POLICIES}:slow`,
      '--output',
      path.join(workplace, 'bundle'),
      ...args,
    ].concat(['--tokenizer', tokenizer, '--python', PYTHON]),
    { env: { ...process.env, PID_FILE: pidFile }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let shown = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const ended = once(child, 'exit');
  await expect.poll(() => existsSync(pidFile), { timeout: 60_000, interval: 50 }).toBe(true);
  expect(shown).toContain('Exporting to ONNX\n');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(shown).toContain('interrupted; nothing was written');
  expect(await readdir(workplace)).toEqual([]);
  const pid = Number(await readFile(pidFile, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
