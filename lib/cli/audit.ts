import { type AuditJudge, replayAudit } from '../safety/audit/replay-audit.js';
import { type AuditReport, verifyAudits } from '../safety/audit/verify-audit.js';
import type { Command } from './command.js';
import { parseCommandLine, usageError } from './usage.js';

/** @param loadJudge called by `replay` only, because what decides needs the whole safety layer */
export function auditCommand(loadJudge: () => Promise<AuditJudge>): Command {
  return {
    summary: 'Check the log of safety decisions, or make its decisions again.',
    help: `Usage: jetson-vla audit verify FILE... [--head HASH] [--json]
       jetson-vla audit replay FILE... [--json]

verify   checks that no line of the log was changed, deleted, inserted or moved, and prints the hash of its last
         line, the head. The chain has no key: whoever can write the file can make a whole new chain that fits. So
         keep the head somewhere else, and give it to --head next time.
replay   verifies each file and makes each decision in it again, which must give the recorded one bit for bit.

Give the files of one log oldest first: verify also checks that each goes on where the one before it ends.

Examples:
  jetson-vla audit verify arm.jsonl
  jetson-vla audit verify arm.2.jsonl arm.1.jsonl arm.jsonl
  jetson-vla audit replay arm.jsonl --json

Options:
  --head HASH   the hash that an earlier verify printed: one of the files must hold that line
  --json        print the results as JSON
  -h, --help    this text

Exit status: 0 the log is sound, 1 it is not, or cannot be read, 2 wrong usage.
`,
    async run(args) {
      const { action, files, head, json } = parse(args);
      const print = json ? () => {} : (line: string) => void process.stdout.write(`${line}\n`);
      const results =
        action === 'verify'
          ? await verifyAudits(files, head, (report) => print(describe(report)))
          : await replayAll(files, await loadJudge(), print);
      if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    },
  };
}

async function replayAll(files: readonly string[], judge: AuditJudge, print: (line: string) => void) {
  const reports = [];
  for (const file of files) {
    const report = await replayAudit(file, judge);
    print(`${file}: ${count(report.decisions, 'decision')}, each came out as recorded`);
    reports.push(report);
  }
  return reports;
}

function describe({ file, records, decisions, first, last, isClosed }: AuditReport): string {
  const outcomes = Object.entries(decisions).map(([outcome, times]) => `${times} ${outcome}`);
  const total = Object.values(decisions).reduce((sum, times) => sum + times, 0);
  const tally = outcomes.length > 0 ? `${count(total, 'decision')} (${outcomes.join(', ')})` : 'no decisions';
  const end = isClosed ? '' : ', not closed';
  return `${file}: ${count(records, 'record')}, ${tally}, ${first.t} to ${last.t}${end}, head ${last.hash}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

interface AuditArguments {
  readonly action: 'verify' | 'replay';
  readonly files: readonly string[];
  readonly head: string | undefined;
  readonly json: boolean;
}

function parse(args: readonly string[]): AuditArguments {
  const { values, positionals } = parseCommandLine('audit', args, {
    head: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const [action, ...files] = positionals;
  if (action !== 'verify' && action !== 'replay')
    throw usageError('audit', `expected verify or replay, got ${action ?? 'nothing'}`);
  if (files.length === 0) throw usageError('audit', 'expected the file of a log, got none');
  const { head, json } = values;
  if (head !== undefined && action === 'replay') throw usageError('audit', '--head goes with verify');
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw usageError('audit', `--head: expected 64 hexadecimal digits, got ${head}`);
  return { action, files, head, json };
}
