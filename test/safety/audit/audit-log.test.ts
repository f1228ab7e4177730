import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditLog } from '../../../lib/safety/audit/audit-log.js';
import { verifyAudit, verifyAudits } from '../../../lib/safety/audit/verify-audit.js';
import { temporaryDirectory } from '../../engine/fixtures.js';
import { errorOf } from '../../policy/error-of.js';
import { closedLog, decision, kindsOf, linesOf, newLogFile, openLog } from './logs.js';

const mode = async (file: string) => (await stat(file)).mode & 0o777;

describe('an audit log', () => {
  it('has a record in the file when append returns', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    log.append(decision(1));
    expect(await linesOf(file)).toMatchObject([
      { n: 1, kind: 'header', data: { limits: [1, { $number: '-0' }] } },
      { n: 2, kind: 'decision', data: decision(1).data },
    ]);
  });

  it('gives each line the SHA-256 of what stands before its hash, and the hash of the line before', async () => {
    const file = await closedLog(3);
    let prev = '0'.repeat(64);
    for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) {
      const body = line.slice(0, line.lastIndexOf(',"hash":'));
      const hash = createHash('sha256').update(body).digest('hex');
      expect(JSON.parse(line)).toMatchObject({ prev, hash });
      prev = hash;
    }
  });

  it('is for its owner only, and makes the directories that are missing', async () => {
    const file = path.join(await temporaryDirectory(), 'state', 'audit', 'arm.jsonl');
    openLog(file);
    expect(await mode(file)).toBe(0o600);
    expect(await mode(path.dirname(file))).toBe(0o700);
    expect(await mode(path.dirname(path.dirname(file)))).toBe(0o700);
  });

  it('continues the chain when it is opened again, under the new header', async () => {
    const file = await closedLog(1);
    const log = openLog(file, { header: 'other' });
    log.append(decision(1));
    log.dispose();
    expect(await kindsOf(file)).toEqual(['header', 'decision', 'end', 'header', 'decision', 'end']);
    expect(await verifyAudit(file)).toMatchObject({ records: 6, decisions: { pass: 2 }, isClosed: true });
  });

  it('ends with a record that it was closed, once', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    expect(await verifyAudit(file)).toMatchObject({ isClosed: false });
    log.dispose();
    log.dispose();
    expect(await kindsOf(file)).toEqual(['header', 'end']);
    expect(await readdir(path.dirname(file))).toEqual(['arm.jsonl']);
    expect(errorOf(() => log.append(decision(1)))).toMatchObject({ code: 'AUDIT_FAILED' });
  });

  it('does not unlock the file for others when it is closed twice', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    log.dispose();
    openLog(file);
    log.dispose();
    expect(errorOf(() => openLog(file)).code).toBe('AUDIT_FAILED');
  });

  it('stays usable after a record that is not JSON, of which it writes nothing', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    const before = await readFile(file);
    for (const data of [Float32Array.of(1), { x: undefined, y: [undefined] }, 'x'.repeat(16 * 1024 * 1024)])
      expect(errorOf(() => log.append({ kind: 'decision', data })).code).toBe('INVALID_ARGUMENT');
    for (const kind of ['', 'header', 'end', 'repair'])
      expect(errorOf(() => log.append({ kind, data: 1 })).code).toBe('INVALID_ARGUMENT');
    expect(await readFile(file)).toEqual(before);
    log.append(decision(1));
    expect(await verifyAudit(file)).toMatchObject({ records: 2 });
  });

  it.each([
    ['no file', '', {}],
    ['a header that is not JSON', 'x', { header: new Date() }],
    ['no size', 'x', { maxBytes: 0 }],
    ['half a file to keep', 'x', { keep: 0.5 }],
    ['an unknown policy', 'x', { fsync: JSON.parse('"always"') }],
  ])('refuses %s and makes nothing', async (_what, name, options) => {
    const directory = await temporaryDirectory();
    const file = name && path.join(directory, 'new', name);
    const error = errorOf(() => AuditLog.open(file, { header: {}, ...options }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('opening a log after a crash', () => {
  it('moves a torn last line aside and records that, wherever it was cut', async () => {
    const whole = await closedLog(3);
    const bytes = await readFile(whole);
    const starts = [0, ...[...bytes.keys()].filter((at) => bytes[at] === 0x0a).map((at) => at + 1)];
    const directory = await temporaryDirectory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length - 1 }), async (length) => {
        const file = path.join(directory, `${run++}.jsonl`);
        await writeFile(file, bytes.subarray(0, length));
        const start = starts.findLast((at) => at <= length) ?? 0;
        openLog(file).dispose();
        const before = starts.indexOf(start);
        const kinds = await kindsOf(file);
        await verifyAudit(file);
        if (start === length) {
          expect(kinds).not.toContain('repair');
          return;
        }
        expect(await readFile(`${file}.torn-1`)).toEqual(bytes.subarray(start, length));
        expect(await mode(`${file}.torn-1`)).toBe(0o600);
        expect(kinds.slice(before)).toEqual(['header', 'repair', 'end']);
        expect((await linesOf(file))[before + 1]?.data).toEqual({
          bytes: length - start,
          file: `${path.basename(file)}.torn-1`,
        });
      }),
    );
  });

  it('keeps what was moved aside before', async () => {
    const file = await closedLog(0);
    for (const [number, torn] of ['{"n":1', '{"n":2'].entries()) {
      await writeFile(file, torn, { flag: 'a' });
      openLog(file).dispose();
      expect(await readFile(`${file}.torn-${number + 1}`, 'utf8')).toBe(torn);
    }
    expect(await readFile(`${file}.torn-1`, 'utf8')).toBe('{"n":1');
  });

  it('begins again in a file that a power cut filled with zeros', async () => {
    const file = await newLogFile();
    await writeFile(file, Buffer.alloc(4096));
    openLog(file).dispose();
    expect(await kindsOf(file)).toEqual(['header', 'repair', 'end']);
    await verifyAudit(file);
  });

  it('finds a last line that is longer than one read', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    log.append({ kind: 'note', data: 'x'.repeat(300_000) });
    await copyFile(file, `${file}.copy`);
    openLog(`${file}.copy`).dispose();
    expect(await kindsOf(`${file}.copy`)).toEqual(['header', 'note', 'header', 'end']);
    await verifyAudit(`${file}.copy`);
  });

  it.each([
    ['another kind of file', 'my thesis', /another kind of file/],
    ['another kind of file with lines', 'my\nthesis\n', /last line/],
  ])('refuses %s and leaves it alone', async (_what, text, message) => {
    const file = await newLogFile();
    await writeFile(file, text);
    const error = errorOf(() => openLog(file));
    expect(error.code).toBe('AUDIT_INVALID');
    expect(error.message).toMatch(message);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(path.dirname(file))).toEqual(['arm.jsonl']);
  });

  it('refuses a log whose last line was changed', async () => {
    const file = await closedLog(1);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"kind":"end"', '"kind":"eno"'));
    expect(errorOf(() => openLog(file))).toMatchObject({
      code: 'AUDIT_INVALID',
      message: expect.stringMatching(/last line: the line was changed/),
    });
  });

  it('refuses a directory', async () => {
    const directory = await temporaryDirectory();
    expect(errorOf(() => openLog(directory))).toMatchObject({
      code: expect.stringMatching(/AUDIT_FAILED|INVALID_ARGUMENT/),
    });
  });
});

describe('rotation', () => {
  const names = async (file: string) => (await readdir(path.dirname(file))).sort();

  it('begins a new file before one grows beyond its size, and the chain goes on', async () => {
    const file = await newLogFile();
    const log = openLog(file, { maxBytes: 2000, keep: 3 });
    for (let index = 0; index < 40; index++) log.append(decision(index));
    log.dispose();
    expect(await names(file)).toEqual(['arm.1.jsonl', 'arm.2.jsonl', 'arm.3.jsonl', 'arm.jsonl']);
    const files = [3, 2, 1].map((number) => file.replace('.jsonl', `.${number}.jsonl`));
    for (const one of files) {
      expect((await stat(one)).size).toBeLessThanOrEqual(2000);
      expect(await mode(one)).toBe(0o600);
      expect((await linesOf(one))[0]).toMatchObject({
        kind: 'header',
        data: { limits: [1, { $number: '-0' }] },
      });
    }
    const reports = await verifyAudits([...files, file]);
    expect(reports.at(-1)).toMatchObject({ isClosed: true });
    // Oldest first, or it is no chain.
    await expect(verifyAudits([file, ...files])).rejects.toMatchObject({ code: 'AUDIT_INVALID' });
    await expect(verifyAudits([...files.slice(0, 1), ...files.slice(2), file])).rejects.toMatchObject({
      code: 'AUDIT_INVALID',
    });
  });

  it('writes a record that is larger than a file may be into a file of its own', async () => {
    const file = await newLogFile();
    const log = openLog(file, { maxBytes: 1 });
    log.append(decision(1));
    log.append(decision(2));
    expect(await kindsOf(file.replace('.jsonl', '.1.jsonl'))).toEqual(['header', 'decision']);
    expect(await kindsOf(file)).toEqual(['header', 'decision']);
  });

  it('also holds for a log that is opened again', async () => {
    const file = await closedLog(1);
    const log = openLog(file, { maxBytes: 1 });
    log.append(decision(1));
    expect(await kindsOf(file)).toEqual(['header', 'decision']);
    await verifyAudits([file.replace('.jsonl', '.1.jsonl'), file]);
  });

  it('goes on from the file before when a crash came between two files', async () => {
    const file = await closedLog(1);
    const before = file.replace('.jsonl', '.1.jsonl');
    await rename(file, before);
    const head = (await linesOf(before)).at(-1);
    for (const found of ['', '{"n":4,"t"']) {
      if (found !== '') await writeFile(file, found);
      openLog(file).dispose();
      expect((await linesOf(file))[0]).toMatchObject({ n: 4, kind: 'header', prev: head?.hash });
      await verifyAudits([before, file]);
      await rm(file);
    }
  });

  it('fails when the next file cannot be made, and lets go of the lock', async () => {
    const file = await newLogFile();
    const log = openLog(file, { maxBytes: 1, keep: 1 });
    log.append(decision(1));
    await mkdir(file.replace('.jsonl', '.1.jsonl'));
    expect(errorOf(() => log.append(decision(2))).code).toBe('AUDIT_FAILED');
    expect(errorOf(() => log.append(decision(2))).code).toBe('AUDIT_FAILED');
    log.dispose();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });
});

describe('a log that something else touches', () => {
  it.each([
    ['deleted', (file: string) => rm(file), /deleted, moved or replaced/],
    ['moved', (file: string) => rename(file, `${file}.old`), /deleted, moved or replaced/],
    [
      'replaced',
      async (file: string) => {
        await copyFile(file, `${file}.new`);
        await rename(`${file}.new`, file);
      },
      /deleted, moved or replaced/,
    ],
    ['cut', (file: string) => truncate(file, 10), /somebody else changed/],
    ['written', (file: string) => writeFile(file, 'x', { flag: 'a' }), /somebody else changed/],
  ])('fails once it was %s, and stays failed', async (_what, touch, message) => {
    const file = await newLogFile();
    const log = openLog(file);
    log.append(decision(1));
    await touch(file);
    for (let time = 0; time < 2; time++) {
      const error = errorOf(() => log.append(decision(2)));
      expect(error.code).toBe('AUDIT_FAILED');
      expect(error.message).toMatch(message);
    }
  });

  it('cannot be opened where the user may not write', async ({ skip }) => {
    if (process.getuid?.() === 0) skip();
    const directory = await temporaryDirectory();
    await chmod(directory, 0o500);
    expect(errorOf(() => openLog(path.join(directory, 'arm.jsonl'))).code).toBe('AUDIT_FAILED');
  });
});
