import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyAudit, verifyAudits } from '../../../lib/safety/audit/verify-audit.js';
import { temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { closedLog, decision, linesOf, newLogFile, openLog, type PlainLine } from './logs.js';

/** A sound log as bytes, its lines with their newlines, and a way to verify what became of it. */
async function soundLog(decisions: number) {
  const bytes = await readFile(await closedLog(decisions));
  const lines = bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => `${line}\n`);
  const directory = await temporaryDirectory();
  let run = 0;
  const write = async (content: string | Buffer) => {
    const file = path.join(directory, `${run++}.jsonl`);
    await writeFile(file, content);
    return file;
  };
  const errorFor = async (content: string | Buffer, head?: string) =>
    rejectionOf(verifyAudit(await write(content), head));
  return { bytes, lines, write, errorFor };
}

/** The line that an error is about. */
const lineOf = (error: Error) => Number(/, line (\d+):/.exec(error.message)?.[1]);

/** A line with a hash that fits, as someone who knows how would write it. */
function forged(line: object): string {
  const body = JSON.stringify(line).slice(0, -1);
  return `${body},"hash":"${createHash('sha256').update(body).digest('hex')}"}\n`;
}

describe('verifying a log', () => {
  it('reports what it holds', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    for (const outcome of ['pass', 'stop', 'pass', '__proto__']) log.append(decision(1, outcome));
    log.append({ kind: 'decision', data: null });
    log.append({ kind: 'reset', data: {} });
    log.dispose();
    const lines = await linesOf(file);
    const report = await verifyAudit(file);
    expect(report).toMatchObject({
      file,
      records: 8,
      first: { n: 1, prev: '0'.repeat(64) },
      last: { n: 8, hash: lines.at(-1)?.hash },
      isClosed: true,
    });
    expect(Object.entries(report.decisions)).toEqual([
      ['pass', 2],
      ['stop', 1],
      ['__proto__', 1],
      ['unknown', 1],
    ]);
  });

  it('finds any byte that was changed, in its line', async () => {
    const { bytes, errorFor } = await soundLog(4);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const line = 1 + bytes.subarray(0, at).filter((byte) => byte === 0x0a).length;
        const error = await errorFor(changed);
        expect(error.code).toBe('AUDIT_INVALID');
        expect(lineOf(error)).toBe(line);
      }),
      { numRuns: 400 },
    );
  });

  it('finds lines that were deleted, repeated, swapped or moved', async () => {
    const { lines, errorFor } = await soundLog(6);
    const place = fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(
        place,
        place,
        fc.constantFrom('delete', 'repeat', 'swap', 'move'),
        async (a, b, act) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          const changed = [...lines];
          const [one, other] = [lines[low] ?? '', lines[high] ?? ''];
          let wrong = low;
          if (act === 'delete') {
            // Without its last lines a log is a shorter log: that is what --head is for.
            fc.pre(high < lines.length - 1);
            changed.splice(low, high - low + 1);
          } else if (act === 'repeat') {
            changed.splice(high + 1, 0, one);
            wrong = high + 1;
          } else {
            fc.pre(low < high);
            if (act === 'swap') changed.splice(low, 1, other);
            if (act === 'swap') changed.splice(high, 1, one);
            if (act === 'move') changed.splice(low, 0, ...changed.splice(high, 1));
          }
          const error = await errorFor(changed.join(''));
          expect(error.code).toBe('AUDIT_INVALID');
          expect(lineOf(error)).toBe(wrong + 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('finds where a file was cut in the middle of a line', async () => {
    const { bytes, errorFor, write } = await soundLog(3);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const cut = bytes.subarray(0, length);
        const whole = cut.filter((byte) => byte === 0x0a).length;
        if (length > 0 && cut.at(-1) === 0x0a) {
          expect(await verifyAudit(await write(cut))).toMatchObject({ records: whole, isClosed: false });
          return;
        }
        const error = await errorFor(cut);
        expect(error.code).toBe('AUDIT_INVALID');
        expect(lineOf(error)).toBe(whole + 1);
      }),
    );
  });

  it('finds whole lines missing at the end by a hash that was kept elsewhere', async () => {
    const { lines, write, errorFor } = await soundLog(3);
    const all = await verifyAudit(await write(lines.join('')));
    const half = await verifyAudit(await write(lines.slice(0, 3).join('')));
    const whole = await write(lines.join(''));
    expect(await verifyAudit(whole, half.last.hash)).toEqual({ ...all, file: whole });
    const error = await errorFor(lines.slice(0, 3).join(''), all.last.hash);
    expect(error).toMatchObject({ code: 'AUDIT_INVALID', message: expect.stringContaining(all.last.hash) });
  });

  it.each<[string, (line: PlainLine, before: PlainLine) => object, RegExp]>([
    [
      'a line whose hash was made to fit',
      ({ n, prev }) => ({ ...envelope(n, prev), data: 7 }),
      /line 4: .*replaced/,
    ],
    ['a later number', ({ n, prev }) => envelope(n + 1, prev), /line 3: expected record 3, got 4/],
    ['an earlier number', ({ n, prev }) => envelope(n - 1, prev), /line 3: expected record 3, got 2/],
    ['another chain', ({ n }) => envelope(n, 'a'.repeat(64)), /line 3: .*follows one with hash a/],
    ['no data', ({ n, prev }) => ({ n, t: '', kind: 'a', prev }), /line 3: expected n, t, kind, data/],
    [
      'more than belongs there',
      ({ n, prev }) => ({ more: 1, ...envelope(n, prev) }),
      /line 3: expected n, t/,
    ],
    [
      'a number that is none',
      ({ n, prev }) => ({ ...envelope(n, prev), data: { $number: 'x' } }),
      /line 3: .*\$number/,
    ],
  ])('finds %s', async (_what, forge, message) => {
    const { lines, errorFor } = await soundLog(3);
    const [before, line] = lines.slice(1, 3).map((text): PlainLine => JSON.parse(text));
    if (!before || !line) throw new Error('the log is too short');
    const error = await errorFor(
      [...lines.slice(0, 2), forged(forge(line, before)), ...lines.slice(3)].join(''),
    );
    expect(error.code).toBe('AUDIT_INVALID');
    expect(error.message).toMatch(message);
  });

  it('finds a hash that fits a line that is not JSON', async () => {
    const { errorFor } = await soundLog(0);
    const hash = createHash('sha256').update('{"n":').digest('hex');
    expect((await errorFor(`{"n":,"hash":"${hash}"}\n`)).message).toMatch(/line 1: expected JSON/);
  });

  it('finds a first line that cannot be one', async () => {
    const { lines, errorFor } = await soundLog(1);
    expect((await errorFor(lines.slice(1).join(''))).message).toMatch(/line 1: .*header, got decision/);
    const odd = forged({ ...envelope(1, 'b'.repeat(64)), kind: 'header' });
    expect((await errorFor(odd)).message).toMatch(/line 1: record 1 names b/);
    expect((await errorFor('')).message).toMatch(/empty/);
  });

  it('reads no file without newlines into memory', async () => {
    const { errorFor } = await soundLog(0);
    const error = await errorFor(Buffer.alloc(18 * 1024 * 1024, 'x'));
    expect(Number(/after (\d+) bytes/.exec(error.message)?.[1])).toBeLessThan(17 * 1024 * 1024);
  });

  it('says when the file cannot be read', async () => {
    expect(await rejectionOf(verifyAudit(await newLogFile()))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('reads lines that are longer than what the disk gives at once', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    for (let index = 0; index < 3; index++) log.append({ kind: 'note', data: 'ü'.repeat(400_000) });
    expect(await verifyAudit(file)).toMatchObject({ records: 4 });
  });

  it('finds a next file whose number leaves a gap', async () => {
    const { lines, write } = await soundLog(1);
    const before = await write(lines.join(''));
    const { last } = await verifyAudit(before);
    const next = (n: number) => write(forged({ ...envelope(n, last.hash), kind: 'header' }));
    await verifyAudits([before, await next(last.n + 1)]);
    const error = await rejectionOf(verifyAudits([before, await next(last.n + 2)]));
    expect(error).toMatchObject({
      code: 'AUDIT_INVALID',
      message: expect.stringContaining('line 1: record 5'),
    });
  });

  it('takes logs of their own side by side, and finds the head in any of them', async () => {
    const files = [await closedLog(1), await closedLog(2)];
    const reports = await verifyAudits(files);
    expect(reports.map(({ records }) => records)).toEqual([3, 4]);
    for (const { last } of reports) await verifyAudits(files, last.hash);
    expect(await rejectionOf(verifyAudits(files, 'c'.repeat(64)))).toMatchObject({ code: 'AUDIT_INVALID' });
  });
});

function envelope(n: number, prev: string) {
  return { n, t: '2026-01-01T00:00:00.000Z', kind: 'decision', data: null, prev };
}
