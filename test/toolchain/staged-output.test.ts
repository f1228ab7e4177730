import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageDirectory, stageFile } from '../../lib/toolchain/staged-output.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { rejectionOf } from '../policy/error-of.js';

const diskFull = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

describe('stageFile', () => {
  it('shows the file once it is whole, makes its directory and gives back what the writer gave', async () => {
    const directory = await temporaryDirectory();
    const target = join(directory, 'new', 'model.onnx');
    const result = await stageFile(target, async (temporary) => {
      await writeFile(temporary, 'half');
      expect(await readdir(join(directory, 'new'))).not.toContain('model.onnx');
      await writeFile(temporary, 'whole');
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(target, 'utf8')).toBe('whole');
    expect(await readdir(join(directory, 'new'))).toEqual(['model.onnx']);
  });

  it('leaves the old file and nothing else when the writer fails', async () => {
    const directory = await temporaryDirectory();
    const target = join(directory, 'model.onnx');
    await writeFile(target, 'old');
    const failure = new TypeError('a mistake');
    const writing = stageFile(target, async (temporary) => {
      await writeFile(temporary, 'half');
      throw failure;
    });
    await expect(writing).rejects.toBe(failure);
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['model.onnx']);
  });

  it('says that the disk is full', async () => {
    const directory = await temporaryDirectory();
    const error = await rejectionOf(
      stageFile(join(directory, 'a'), async (temporary) => {
        await writeFile(temporary, 'half');
        throw diskFull();
      }),
    );
    expect(error).toMatchObject({ code: 'WRITE_FAILED', hint: expect.stringContaining('space') });
    expect(error.message).toContain(join(directory, 'a'));
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['is a directory', 'lies in a file'])('says that a target %s', async (kind) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'folder', 'inner'), { recursive: true });
    await writeFile(join(directory, 'file'), '');
    const target = join(directory, kind === 'is a directory' ? 'folder' : 'file/inside');
    expect((await rejectionOf(stageFile(target, (temporary) => writeFile(temporary, 'x')))).code).toBe(
      'WRITE_FAILED',
    );
    expect((await readdir(directory)).toSorted()).toEqual(['file', 'folder']);
  });
});

describe('stageDirectory', () => {
  const fill = (content: string) => async (temporary: string) => {
    await mkdir(join(temporary, 'inner'));
    await writeFile(join(temporary, 'inner', 'file'), content);
  };

  it('makes a directory that was not there', async () => {
    const target = join(await temporaryDirectory(), 'bundle');
    await stageDirectory(target, {}, fill('new'));
    expect(await readFile(join(target, 'inner', 'file'), 'utf8')).toBe('new');
  });

  it('replaces a directory only when told to, and then all of it', async () => {
    const place = await temporaryDirectory();
    const target = join(place, 'bundle');
    await mkdir(target);
    await writeFile(join(target, 'inner'), '');
    await writeFile(join(target, 'stale'), '');
    const refused = await rejectionOf(stageDirectory(target, {}, fill('new')));
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('--force') });
    expect((await readdir(target)).toSorted()).toEqual(['inner', 'stale']);
    await stageDirectory(target, { replace: 'inner' }, fill('new'));
    expect(await readdir(target)).toEqual(['inner']);
    expect(await readFile(join(target, 'inner', 'file'), 'utf8')).toBe('new');
    expect(await readdir(place)).toEqual(['bundle']);
  });

  it('never replaces what is something else, nor the directory that the program runs in', async () => {
    const home = await temporaryDirectory();
    await writeFile(join(home, 'thesis.txt'), 'mine');
    const other = stageDirectory(home, { replace: 'inner' }, fill('new'));
    expect((await rejectionOf(other)).message).toContain('it has files and no inner among them');
    expect(await readdir(home)).toEqual(['thesis.txt']);
    const around = stageDirectory(process.cwd(), { replace: 'package.json' }, fill('new'));
    expect((await rejectionOf(around)).message).toContain('this program runs in it');
    const empty = join(home, 'empty');
    await mkdir(empty);
    await stageDirectory(empty, { replace: 'inner' }, fill('new'));
    expect(await readdir(empty)).toEqual(['inner']);
  });

  it('never replaces a file', async () => {
    const place = await temporaryDirectory();
    await writeFile(join(place, 'bundle'), 'mine');
    const refused = await rejectionOf(
      stageDirectory(join(place, 'bundle'), { replace: 'inner' }, fill('new')),
    );
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(await readFile(join(place, 'bundle'), 'utf8')).toBe('mine');
  });

  it('keeps the old directory when filling the new one fails', async () => {
    const place = await temporaryDirectory();
    const target = join(place, 'bundle');
    await stageDirectory(target, {}, fill('old'));
    const failing = stageDirectory(target, { replace: 'inner' }, async (temporary) => {
      await fill('new')(temporary);
      throw diskFull();
    });
    expect((await rejectionOf(failing)).code).toBe('WRITE_FAILED');
    expect(await readFile(join(target, 'inner', 'file'), 'utf8')).toBe('old');
    expect(await readdir(place)).toEqual(['bundle']);
  });
});
