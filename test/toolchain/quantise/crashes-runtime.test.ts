import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../lib/native/package-root.js';
import { crashesRuntime } from '../../../lib/toolchain/quantise/crashes-runtime.js';
import { temporaryDirectory } from '../../engine/fixtures.js';

const MODEL = path.join(packageRoot, 'examples/policies/pick/model.onnx');

afterEach(() => vi.unstubAllEnvs());

describe('crashesRuntime', () => {
  it('finds a sound model harmless, and a file that is none as well: loading that is an error, no crash', async () => {
    expect(await crashesRuntime(MODEL)).toBe(false);
    const garbage = path.join(await temporaryDirectory(), 'model.onnx');
    await writeFile(garbage, 'no model');
    expect(await crashesRuntime(garbage)).toBe(false);
  });

  it('notices a process that dies of a signal, and outlives it', async () => {
    const crash = path.join(await temporaryDirectory(), 'crash.cjs');
    await writeFile(crash, `process.kill(process.pid, 'SIGSEGV');`);
    vi.stubEnv('NODE_OPTIONS', `--require ${crash}`);
    expect(await crashesRuntime(MODEL)).toBe(true);
  });
});
