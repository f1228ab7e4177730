import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withBuildLock } from '../../lib/native/build-lock.js';
import { temporaryDirectory } from '../engine/fixtures.js';

describe('withBuildLock', () => {
  it('lets one after the other work, in one process too', async () => {
    const directory = await temporaryDirectory();
    let working = 0;
    const work = async () => {
      working += 1;
      await writeFile(join(directory, 'work'), 'slow');
      expect(working).toBe(1);
      working -= 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => withBuildLock(directory, work)));
    expect(existsSync(join(directory, '.build-lock'))).toBe(false);
  });

  // A second container has the process ids of the one that was killed.
  it('takes over a lock that an earlier process of its own id left behind', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, '.build-lock'), String(process.pid));
    await expect(withBuildLock(directory, async () => 'done')).resolves.toBe('done');
  });

  it('takes over an empty lock whose owner was killed before it wrote, and leaves a fresh one to its owner', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, '.build-lock');
    await writeFile(file, '');
    const stop = new AbortController();
    const waiting = withBuildLock(directory, async () => 'done', {
      signal: stop.signal,
      onWait: () => stop.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await utimes(file, 1, 1);
    await expect(withBuildLock(directory, async () => 'done')).resolves.toBe('done');
  });
});
