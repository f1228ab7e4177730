import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isLocked, withFileLock } from '../../../lib/engine/engine-cache/file-lock.js';
import { temporaryDirectory } from '../fixtures.js';

const lockFile = async () => join(await temporaryDirectory(), 'key.lock');

/** The content of a lock that this process holds, with these changes. */
async function ownContent(changes: object = {}): Promise<string> {
  const file = await lockFile();
  const content = await withFileLock(file, {}, () => readFile(file, 'utf8'));
  return JSON.stringify({ ...JSON.parse(content), ...changes });
}

describe('withFileLock', () => {
  it('lets one work at a time, and leaves nothing', async () => {
    const file = await lockFile();
    let [inside, most] = [0, 0];
    const onWait = vi.fn();
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    };
    await Promise.all([1, 2].map(() => withFileLock(file, { onWait }, work)));
    expect(most).toBe(1);
    expect(onWait).toHaveBeenCalledTimes(1);
    expect(await readdir(join(file, '..'))).toEqual([]);
  });

  it('is free again when the work has failed', async () => {
    const file = await lockFile();
    const failing = withFileLock(file, {}, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withFileLock(file, {}, async () => 'done')).toBe('done');
  });

  it('takes the lock of a killed process over at once', async () => {
    const file = await lockFile();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const started = (await readFile(`/proc/${child.pid}/stat`, 'utf8'))
      .replace(/^.*\)\s*/s, '')
      .split(' ')[19];
    await writeFile(file, await ownContent({ pid: child.pid, started }));
    expect(await isLocked(file)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isLocked(file)).toBe(false);
    expect(await withFileLock(file, {}, async () => 'done')).toBe('done');
  });

  it('does not take another process of the same number for the owner, as after a restart of a container', async () => {
    const file = await lockFile();
    await writeFile(file, await ownContent({ started: '1' }));
    expect(await withFileLock(file, {}, async () => 'done')).toBe('done');
  });

  it('believes an owner whom it cannot see for as long as he gives signs of life', async () => {
    const file = await lockFile();
    await writeFile(file, await ownContent({ space: 'another container' }));
    expect(await isLocked(file)).toBe(true);
    const signal = AbortSignal.timeout(20);
    await expect(withFileLock(file, { signal }, async () => 'done')).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(file, longAgo, longAgo);
    expect(await withFileLock(file, {}, async () => 'done')).toBe('done');
  });
});
