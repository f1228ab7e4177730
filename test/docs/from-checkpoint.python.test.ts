import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/from-checkpoint-to-robot.md';
/** Where the page's commands write. */
const WALK = path.join(ROOT, 'build', 'walk');

/** The page's shell blocks in order; those under this mark need a Jetson, or the reader's own project. */
const NOT_HERE = '<!-- not run by the test -->\n';

function commandsOf(page: string): string[] {
  const blocks = page.matchAll(/(<!-- not run by the test -->\n)?```sh\n([\s\S]*?)```/g);
  return [...blocks].flatMap(([, mark, block = '']) =>
    mark === NOT_HERE
      ? []
      : block
          .replaceAll(/\\\n\s*/g, ' ')
          .split('\n')
          .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );
}

function run(command: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', command], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('the walk from checkpoint to robot', () => {
  const clear = () => rm(WALK, { recursive: true, force: true });
  beforeAll(clear);
  afterAll(clear);

  const commands = commandsOf(readFileSync(path.join(ROOT, PAGE), 'utf8'));

  it('has a command for each step', () => {
    for (const step of ['doctor', 'export', 'inspect', 'quantise', 'compare', 'bench'])
      expect(
        commands.some((command) => command.includes(`jetson-vla ${step}`)),
        step,
      ).toBe(true);
    expect(commands.at(-1)).toContain('npm run demo');
  });

  // One after the other: each goes on with what the one before it made.
  it.each(commands)('%s', { timeout: 300_000 }, async (command) => {
    const { code, output } = await run(command);
    expect(code, output).toBe(0);
  });
});
