import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { backendDirectory } from '../../lib/native/load-addon.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { standinDirectory } from '../fakes/native/standins.js';

const program = path.join(backendDirectory(), '..', 'bench', 'gpu', 'check_gpu');

describe.skipIf(!existsSync(program))('bench/gpu/check_gpu', () => {
  it('passes every check on the stand-in driver, as it must on a real one', async () => {
    const { stdout } = await promisify(execFile)(
      program,
      [path.join(standinDirectory(), 'cuda', 'libcuda.so.1')],
      { cwd: await temporaryDirectory() },
    );
    expect(stdout).not.toContain('FAIL');
    expect(stdout).toMatch(/\nall checks passed\n$/);
  });

  it('fails where there is no driver, and says what is missing', async () => {
    const run = promisify(execFile)(program, ['libcuda-absent.so.1'], { cwd: await temporaryDirectory() });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAIL {2}CUDA_DRIVER_NOT_FOUND: .*libcuda-absent/),
    });
  });
});
