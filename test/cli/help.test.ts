import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../lib/cli/program.js';
import type * as Usage from '../../lib/cli/usage.js';

/** Thrown once the options are read, before anything is done. */
class Parsed extends Error {
  constructor(readonly options: readonly string[]) {
    super();
  }
}

vi.mock('../../lib/cli/usage.js', async (importOriginal) => {
  const usage = await importOriginal<typeof Usage>();
  return {
    ...usage,
    parseCommandLine: (...given: Parameters<typeof usage.parseCommandLine>) => {
      usage.parseCommandLine(...given);
      throw new Parsed(Object.keys(given[2]));
    },
  };
});

/** Reads its own options, which have the names of the node's parameters; its own tests look at them. */
const NAMES = Object.keys(COMMANDS).filter((name) => name !== 'ros');

async function commandOf(name: string) {
  const command = await COMMANDS[name]?.();
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}

const part = (help: string, title: string) =>
  new RegExp(`^${title}:\\n((?:(?: .*)?\\n)*?)(?=\\S|$(?![\\s\\S]))`, 'm').exec(help)?.[1] ?? '';

/** Words as a shell makes them of a line without variables. */
const shellWords = (line: string) =>
  [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));

/** Lines that go on with a backslash joined; comments, pipes and variables set before it left out. */
function examplesOf(help: string, name: string): string[][] {
  const lines = part(help, 'Examples')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const words = shellWords(line.replace(/\s+#.*$/, '').replace(/\s\|\s.*$/, ''));
    const start = words.findIndex((word, at) => word === 'jetson-vla' && words[at + 1] === name);
    return start < 0 ? [] : [words.slice(start + 2)];
  });
}

const optionsOf = (text: string) =>
  new Set([...text.matchAll(/--([a-z][a-z0-9-]*)/g)].map(([, name]) => name));

describe.each(NAMES)('the help of %s', (name) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('begins with its usage, tells the exit status and fits a terminal', async () => {
    const { help, summary } = await commandOf(name);
    expect(help).toMatch(new RegExp(`^Usage: jetson-vla ${name}\\b`));
    expect(help).toMatch(/\n {2}-h, --help +this text\n/);
    expect(help).toMatch(/\nExit status: /);
    expect(help).toMatch(/[^\n]\n$/);
    expect(summary).toMatch(/^[A-Z].*\.$/);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('has three examples at least, each of which is accepted', async () => {
    const { help, run } = await commandOf(name);
    const examples = examplesOf(help, name);
    expect(examples.length).toBeGreaterThanOrEqual(3);
    for (const example of examples)
      await expect(Promise.resolve(run(example)), example.join(' ')).rejects.toBeInstanceOf(Parsed);
  });

  it('names all options that there are, and no other', async () => {
    const { help, run } = await commandOf(name);
    const [example = []] = examplesOf(help, name);
    const parsed: unknown = await Promise.resolve(run(example)).catch((error: unknown) => error);
    if (!(parsed instanceof Parsed)) throw parsed;
    expect([...optionsOf(help)].filter((option) => option !== 'help').sort()).toEqual(
      [...parsed.options].sort(),
    );
  });
});
