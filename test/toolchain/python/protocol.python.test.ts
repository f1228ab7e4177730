import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../../lib/native/package-root.js';
import { runPythonTool } from '../../../lib/toolchain/python/python-tool.js';
import { isRunning, shellScript, temporaryDirectory } from './fake-python.js';

/** An interpreter whose tool is a command with this body, in Python: `run(request, channel)`. */
async function pythonWith(body: string): Promise<string> {
  const script = path.join(await temporaryDirectory(), 'tool.py');
  const indented = body
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  await writeFile(
    script,
    `import os, subprocess, sys, time, types
from jetson_vla_tools import __main__ as tools
from jetson_vla_tools.errors import ToolError

def run(request, channel):
${indented}

module = types.ModuleType("jetson_vla_tools.probe")
module.run = run
sys.modules[module.__name__] = module
tools.COMMANDS["probe"] = "probe"
sys.exit(tools.main("probe"))
`,
  );
  return await shellScript('python', `exec '${process.env['JETSON_VLA_PYTHON'] ?? 'python3'}' '${script}'`);
}

async function run(body: string, answers = {}) {
  const python = await pythonWith(body);
  return await runPythonTool({
    python,
    command: 'probe',
    request: { π: 3.14 },
    result: z.unknown(),
    answers,
  });
}

/** A program that runs such a tool, as the leader of a process group; it prints the warnings of the tool. */
async function program(body: string): Promise<ChildProcess> {
  const python = await pythonWith(body);
  const lib = (file: string) => JSON.stringify(pathToFileURL(path.join(packageRoot, 'lib', file)).href);
  const script = `
    import { runPythonTool } from ${lib('toolchain/python/python-tool.ts')};
    import { interruptible } from ${lib('cli/interrupt.ts')};
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
    const onWarning = (text) => process.stdout.write(text + '\\n');
    try {
      await interruptible(
        (signal) => runPythonTool({ python: ${JSON.stringify(python)}, command: 'probe', request: {}, result: z.unknown(), onWarning, signal }),
        () => {},
      );
    } catch (error) {
      process.stdout.write(error.code + '\\n');
    }`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const SLEEPS_WITH_CHILD = `
child = subprocess.Popen(["sleep", "1000"])
channel.warn(f"{os.getpid()} {child.pid}")
time.sleep(1000)`;

async function pidsOf(child: ChildProcess): Promise<number[]> {
  const [text] = await once(child.stdout ?? child, 'data');
  const pids = String(text).trim().split(' ').map(Number);
  expect(pids.every(isRunning), String(text)).toBe(true);
  return pids;
}

describe('jetson_vla_tools with a real Python', () => {
  it('gets its request, asks, and gives back what it makes of the answer', async () => {
    const answers = { square: async (value: unknown) => z.number().parse(value) ** 2 };
    expect(await run('return [request, channel.ask("square", 7)]', answers)).toEqual([{ π: 3.14 }, 49]);
  });

  it('gives back more than a pipe holds, while it prints more than a pipe holds', async () => {
    const value = await run('print("x" * 1_000_000)\nreturn list(range(300_000))');
    expect(z.array(z.number()).parse(value).length).toBe(300_000);
  });

  it('keeps standard input and the events away from the code that it runs', async () => {
    const body = `
read = subprocess.run(["cat"], capture_output=True, timeout=30).stdout.decode()
third = subprocess.run(["readlink", "/proc/self/fd/3"], capture_output=True, close_fds=False).stdout.decode()
return [read, sys.stdin.read(), third.startswith("pipe:")]`;
    expect(await run(body)).toEqual(['', '', false]);
  });

  it.each([
    [
      'raise ToolError("EXPORT_FAILED", "no such op", "take another")',
      'EXPORT_FAILED',
      /^no such op$/,
      'take another',
    ],
    ['raise OSError(28, "No space left on device", "/x")', 'WRITE_FAILED', /disk is full/, /Free some space/],
    ['raise MemoryError', 'TOOL_FAILED', /too little memory/, /Close/],
    ['raise KeyError("weights")', 'TOOL_FAILED', /KeyError: 'weights'/, /--verbose/],
    ['sys.exit(5)', 'TOOL_FAILED', /sys\.exit\(5\)/, undefined],
    ['return float("nan")', 'TOOL_FAILED', /not JSON compliant/, /--verbose/],
    ['os.abort()', 'TOOL_FAILED', /ended with SIGABRT/, /--verbose/],
  ])('ends with one error after: %s', async (body, code, message, hint) => {
    await expect(run(body)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: hint === undefined ? undefined : expect.stringMatching(hint),
    });
  });

  it('ends, with what it started, when its Node is killed', async () => {
    const child = await program(SLEEPS_WITH_CHILD);
    const pids = await pidsOf(child);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 20_000);
  });

  it('is ended by Ctrl-C, which the terminal sends to the whole process group, and Node says so', async () => {
    const child = await program(SLEEPS_WITH_CHILD);
    const pids = await pidsOf(child);
    const said = once(child.stdout ?? child, 'data');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(String((await said)[0])).toBe('ABORTED\n');
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 20_000);
  });
});
