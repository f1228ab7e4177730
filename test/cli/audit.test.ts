import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { auditCommand } from '../../lib/cli/audit.js';
import { propertyOf } from '../../lib/safety/audit/audit-json.js';
import type { AuditJudge } from '../../lib/safety/audit/replay-audit.js';
import { rejectionOf } from '../policy/error-of.js';
import { closedLog, decision, linesOf, newLogFile, openLog } from '../safety/audit/logs.js';
import { jetsonVla } from './run-program.js';

/** Runs the command with the judge of the decisions of `decision`. */
function audit() {
  const doubling: AuditJudge = async (_config, input) => ({
    outcome: 'pass',
    value: 2 * Number(propertyOf(input, 'value')),
  });
  const loadJudge = vi.fn(async () => doubling);
  const output: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output.push(String(text));
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const command = auditCommand(loadJudge);
  return {
    command,
    loadJudge,
    run: (...args: string[]) => command.run(args),
    printed: () => output.join(''),
  };
}

const headOf = async (file: string) => (await linesOf(file)).at(-1)?.hash ?? '';

describe('jetson-vla audit verify', () => {
  it('prints a line for each file, with what was decided and the head', async () => {
    const { run, printed, loadJudge } = audit();
    const file = await newLogFile();
    const log = openLog(file);
    for (const outcome of ['pass', 'stop', 'pass']) log.append(decision(1, outcome));
    await run('verify', file);
    expect(printed()).toMatch(
      new RegExp(
        `^${file}: 4 records, 3 decisions \\(2 pass, 1 stop\\), \\S+Z to \\S+Z, not closed, head ${await headOf(file)}\n$`,
      ),
    );
    expect(loadJudge).not.toHaveBeenCalled();
  });

  it('checks the files of one log against each other', async () => {
    const { run, printed } = audit();
    const file = await newLogFile();
    const log = openLog(file, { maxBytes: 1 });
    for (let index = 0; index < 3; index++) log.append(decision(index));
    log.dispose();
    const [oldest, middle] = [2, 1].map((number) => file.replace('.jsonl', `.${number}.jsonl`));
    if (!oldest || !middle) throw new Error('no names');
    await run('verify', oldest, middle, file);
    expect(printed().trimEnd().split('\n')).toHaveLength(3);
    await rm(middle);
    expect(await rejectionOf(run('verify', oldest, file))).toMatchObject({
      code: 'AUDIT_INVALID',
      hint: expect.stringContaining('oldest first'),
    });
  });

  it('finds a change, and says where', async () => {
    const { run, printed } = audit();
    const file = await closedLog(2);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"pass"', '"stop"'));
    const error = await rejectionOf(run('verify', file));
    expect(error.code).toBe('AUDIT_INVALID');
    expect(error.message).toMatch(/arm\.jsonl, line 2: the line was changed/);
    expect(printed()).toBe('');
  });

  it('looks for the head that it is given', async () => {
    const { run } = audit();
    const file = await closedLog(2);
    await run('verify', file, '--head', await headOf(file));
    const error = await rejectionOf(run('verify', file, '--head', 'd'.repeat(64)));
    expect(error.code).toBe('AUDIT_INVALID');
  });

  it('prints one JSON document', async () => {
    const { run, printed } = audit();
    const file = await closedLog(2);
    await run('verify', '--json', file);
    expect(JSON.parse(printed())).toMatchObject([
      { file, records: 4, decisions: { pass: 2 }, last: { n: 4, hash: await headOf(file) }, isClosed: true },
    ]);
  });
});

describe('jetson-vla audit replay', () => {
  it('makes the decisions of each file again', async () => {
    const { run, printed } = audit();
    const [one, other] = [await closedLog(1), await closedLog(2)];
    await run('replay', one, other);
    expect(printed()).toBe(
      `${one}: 1 decision, each came out as recorded\n${other}: 2 decisions, each came out as recorded\n`,
    );
  });

  it('prints one JSON document', async () => {
    const { run, printed } = audit();
    const file = await closedLog(2);
    await run('replay', file, '--json');
    expect(JSON.parse(printed())).toEqual([{ file, decisions: 2 }]);
  });

  it('finds a verdict that was altered though its chain fits', async () => {
    const { run } = audit();
    const file = await newLogFile();
    openLog(file).append(decision(1, 'truncate'));
    await run('verify', file);
    const error = await rejectionOf(run('replay', file));
    expect(error.code).toBe('AUDIT_INVALID');
    expect(error.message).toMatch(/line 2: .*output\.outcome is "truncate" in the log and "pass" now/);
  });
});

describe('jetson-vla audit', () => {
  it('ends with 0 for a sound log and with 1 for another', async () => {
    const file = await closedLog(1);
    expect(await jetsonVla('audit', 'verify', file)).toMatchObject({ status: 0, stderr: '' });
    await truncate(file, 100);
    const { status, stdout, stderr } = await jetsonVla('audit', 'verify', file);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/AUDIT_INVALID.*arm\.jsonl, line 1: .*\n {2}→/s);
  });

  it.each([
    ['nothing', [], /expected verify or replay, got nothing/],
    ['an unknown action', ['check', 'a'], /got check/],
    ['no file', ['verify'], /expected the file/],
    ['an unknown option', ['verify', 'a', '--hash', 'b'], /--hash/],
    ['a head that is no hash', ['verify', 'a', '--head', 'ABC'], /64 hexadecimal digits, got ABC/],
    ['a head to replay', ['replay', 'a', '--head', 'a'.repeat(64)], /--head goes with verify/],
  ])('explains itself when it is given %s', async (_what, args, message) => {
    const error = await rejectionOf(audit().run(...args));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: 'jetson-vla audit --help' });
    expect(error.message).toMatch(message);
  });

  it('has a help text that fits a terminal', () => {
    for (const line of audit().command.help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});
