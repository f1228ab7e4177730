import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, type JsonValue, propertyOf } from '../../../lib/safety/audit/audit-json.js';
import { firstDifference } from '../../../lib/safety/audit/json-difference.js';
import { type AuditJudge, replayAudit } from '../../../lib/safety/audit/replay-audit.js';
import { rejectionOf } from '../../policy/error-of.js';
import { closedLog, decision, newLogFile, openLog } from './logs.js';

/** The judge of the decisions of `decision`. */
const doubling: AuditJudge = async (_config, input) => ({
  outcome: 'pass',
  value: 2 * Number(propertyOf(input, 'value')),
});

describe('replaying a log', () => {
  it('makes each decision again from what was recorded', async () => {
    const file = await newLogFile();
    const log = openLog(file, { header: { scale: 2 } });
    const seen: JsonValue[] = [];
    for (const value of [1, -0, Number.NaN, Number.MIN_VALUE]) log.append(decision(value));
    log.append({ kind: 'note', data: 'not a decision' });
    log.dispose();
    openLog(file, { header: { scale: 3 } }).append(decision(7));
    const report = await replayAudit(file, async (config, input, answers) => {
      seen.push([config, input, answers]);
      return doubling(config, input, answers);
    });
    expect(report).toEqual({ file, decisions: 5 });
    expect(seen).toStrictEqual([
      [{ scale: 2 }, { value: 1 }, []],
      [{ scale: 2 }, { value: -0 }, []],
      [{ scale: 2 }, { value: Number.NaN }, []],
      [{ scale: 2 }, { value: Number.MIN_VALUE }, []],
      [{ scale: 3 }, { value: 7 }, []],
    ]);
  });

  it('does not mind the order of properties, nor ones that are undefined', async () => {
    const file = await closedLog(2);
    const judge: AuditJudge = async (_config, input) =>
      Object.assign(
        { value: 2 * Number(propertyOf(input, 'value')), outcome: 'pass' },
        { reason: undefined },
      );
    expect(await replayAudit(file, judge)).toMatchObject({ decisions: 2 });
  });

  it.each<[string, object, RegExp]>([
    ['another outcome', { outcome: 'stop', value: 2 }, /output\.outcome is "stop" in the log and "pass" now/],
    [
      'the last bit of a number',
      { outcome: 'pass', value: 2 + 2 ** -51 },
      /output\.value is 2\.0000000000000004 .* 2 now/,
    ],
    [
      'something more',
      { outcome: 'pass', value: 2, reasons: [] },
      /output\.reasons is \[\] in the log and missing now/,
    ],
    ['something less', { outcome: 'pass' }, /output\.value is missing in the log and 2 now/],
  ])('finds a verdict with %s, and its line', async (_what, output, message) => {
    const file = await newLogFile();
    const log = openLog(file);
    log.append(decision(5));
    log.append({ kind: 'decision', data: { input: { value: 1 }, answers: [], output } });
    const error = await rejectionOf(replayAudit(file, doubling));
    expect(error.code).toBe('AUDIT_INVALID');
    expect(error.message).toMatch(/line 3: /);
    expect(error.message).toMatch(message);
  });

  it('tells 0 from −0', async () => {
    const file = await newLogFile();
    openLog(file).append({
      kind: 'decision',
      data: { input: { value: -0 }, answers: [], output: { outcome: 'pass', value: 0 } },
    });
    expect((await rejectionOf(replayAudit(file, doubling))).message).toMatch(
      /is 0 in the log and .*-0.* now/,
    );
  });

  it.each(['input', 'answers', 'output'])('finds a decision without %s', async (key) => {
    const file = await newLogFile();
    const data = Object.fromEntries(Object.entries(decision(1).data).filter(([name]) => name !== key));
    openLog(file).append({ kind: 'decision', data });
    const error = await rejectionOf(replayAudit(file, doubling));
    expect(error).toMatchObject({
      code: 'AUDIT_INVALID',
      message: expect.stringContaining(`${key} is missing`),
    });
  });

  it('says which decision the judge could not make', async () => {
    const file = await closedLog(1);
    const judge: AuditJudge = async () => {
      throw new Error('no such guard');
    };
    const error = await rejectionOf(replayAudit(file, judge));
    expect(error).toMatchObject({
      code: 'AUDIT_INVALID',
      message: expect.stringMatching(/line 2: .*no such guard/),
    });
  });
});

describe('the first difference', () => {
  const json = fc.json().map(decodeJson);

  it('is none between a value and itself, and some between values that differ', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(firstDifference(one, structuredClone(one))).toBeUndefined();
        const difference = firstDifference([one, 1], [other, 2]);
        expect(difference).toBeDefined();
        expect(difference?.expected).not.toBe(difference?.actual);
      }),
    );
  });

  it.each<[JsonValue, JsonValue, object]>([
    [1, 2, { path: '', expected: '1', actual: '2' }],
    [[1, [2, 3]], [1, [2, 4]], { path: '[1][1]', expected: '3', actual: '4' }],
    [[1], [1, 2], { path: '[1]', expected: undefined, actual: '2' }],
    [{ a: [] }, { a: {} }, { path: 'a', expected: '[]', actual: '{}' }],
    [{ a: { b: null } }, { a: null }, { path: 'a', expected: '{"b":null}', actual: 'null' }],
  ])('between %j and %j is named', (one, other, difference) => {
    expect(firstDifference(one, other)).toStrictEqual(difference);
  });
});
