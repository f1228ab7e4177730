import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { VLAError } from '../../../lib/errors.js';
import { packageRoot } from '../../../lib/native/package-root.js';
import { type PythonToolOptions, runPythonTool } from '../../../lib/toolchain/python/python-tool.js';
import { fakePython, isRunning, shellScript, temporaryDirectory } from './fake-python.js';

const RESULT = z.object({ sum: z.number() });

async function run(script: string, options: Partial<PythonToolOptions<z.infer<typeof RESULT>>> = {}) {
  return await runPythonTool({
    python: await fakePython(script),
    command: 'add',
    request: { a: 1, b: 2 },
    result: RESULT,
    ...options,
  });
}

describe('the conversation with a Python tool', () => {
  it('hands over the command and the request, and gives back the result', async () => {
    const python = await fakePython(
      "say({ type: 'result', value: { sum: request.a + request.b, command, directory: process.cwd() } });",
    );
    const result = RESULT.extend({ command: z.string(), directory: z.string() });
    const cwd = await temporaryDirectory();
    expect(await runPythonTool({ python, command: 'add', request: { a: 1, b: 2 }, result, cwd })).toEqual({
      sum: 3,
      command: 'add',
      directory: cwd,
    });
  });

  it('passes on progress, warnings and output in their order', async () => {
    const heard: unknown[] = [];
    const note = (value: unknown) => void heard.push(value);
    let output = '';
    await run(
      `say({ type: 'progress', label: 'Adding' });
       say({ type: 'progress', label: 'Adding', fraction: 0.5 });
       say({ type: 'warning', message: 'nearly full' });
       write(1, 'to standard output\\n');
       write(2, 'to standard error\\n');
       say({ type: 'result', value: { sum: 3 } });`,
      { onProgress: note, onWarning: note, onOutput: (text) => (output += text) },
    );
    expect(heard).toEqual([{ label: 'Adding' }, { label: 'Adding', fraction: 0.5 }, 'nearly full']);
    expect(output).toContain('to standard output\n');
    expect(output).toContain('to standard error\n');
  });

  it('answers questions while it works', async () => {
    const double = vi.fn(async (payload: unknown) => 2 * z.number().parse(payload));
    const script = `
      let sum = 0;
      for (const payload of [1, 2, 3]) {
        say({ type: 'ask', name: 'double', payload });
        sum += (await next()).answer;
      }
      say({ type: 'result', value: { sum } });`;
    expect(await run(script, { answers: { double } })).toEqual({ sum: 12 });
    expect(double).toHaveBeenCalledTimes(3);
  });

  it('finds the modules of the package after those of the user', async () => {
    const python = await fakePython("say({ type: 'result', value: process.env.PYTHONPATH.split(':') });");
    const options = { python, command: 'add', request: {}, result: z.array(z.string()) };
    const own = path.join(packageRoot, 'python');
    expect(await runPythonTool({ ...options, env: { PATH: process.env['PATH'] } })).toEqual([own]);
    expect(await runPythonTool({ ...options, env: { ...process.env, PYTHONPATH: '/of/the/user' } })).toEqual([
      '/of/the/user',
      own,
    ]);
  });

  it('takes a result far larger than a pipe holds', async () => {
    const python = await fakePython(
      "say({ type: 'result', value: Array.from({ length: 400_000 }, (_, at) => at) });",
    );
    const values = await runPythonTool({ python, command: 'add', request: {}, result: z.array(z.number()) });
    expect(values.length).toBe(400_000);
    expect(values.at(-1)).toBe(399_999);
  });

  it('takes a last event that has no newline at its end', async () => {
    const script = `write(3, JSON.stringify({ type: 'result', value: { sum: 3 } }));`;
    expect(await run(script)).toEqual({ sum: 3 });
  });

  it('is not blocked by a flood of output, and keeps only its end for the message', async () => {
    const error = await run(
      "for (let i = 0; i < 20; i++) write(i % 2 + 1, 'x'.repeat(200_000) + '\\n'); write(1, 'the last line\\n'); process.exit(4);",
    ).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('exit status 4') });
    expect(String(error)).toContain('the last line');
    expect(String(error).length).toBeLessThan(70_000);
  });
});

describe('a Python tool that fails', () => {
  it.each([
    [
      'its code, message and hint',
      "code: 'EXPORT_FAILED', message: 'no', hint: 'yes'",
      'EXPORT_FAILED',
      'yes',
    ],
    [
      'TOOL_FAILED for a code of another version',
      "code: 'NEW_CODE', message: 'no'",
      'TOOL_FAILED',
      undefined,
    ],
    [
      'TOOL_FAILED for a name that every object has',
      "code: 'toString', message: 'no'",
      'TOOL_FAILED',
      undefined,
    ],
  ])('raises %s', async (_, fields, code, hint) => {
    const failing = run(`say({ type: 'error', ${fields} }); process.exit(1);`);
    await expect(failing).rejects.toBeInstanceOf(VLAError);
    await expect(failing).rejects.toMatchObject({ code, message: 'no', hint });
  });

  it.each([
    [
      'ends without a result',
      'write(2, "Traceback: oh\\n");',
      /"add" ended without a result:\nTraceback: oh/,
    ],
    ['ends with an exit status', 'process.exit(7);', /ended with exit status 7/],
    [
      'ends with an exit status after its result',
      "say({ type: 'result', value: { sum: 1 } }); process.exit(7);",
      /exit status 7/,
    ],
    ['dies', "process.kill(process.pid, 'SIGSEGV'); await sleep(1e5);", /ended with SIGSEGV/],
    [
      'sends a result of another kind',
      "say({ type: 'result', value: { sum: 'three' } });",
      /not what was expected:[\s\S]*sum/,
    ],
    [
      'sends what is not JSON',
      "write(3, 'NaN of a library\\n'); await sleep(1e5);",
      /no event of the protocol: NaN of a library/,
    ],
    [
      'sends an event that nobody knows',
      "say({ type: 'dance' }); await sleep(1e5);",
      /no event of the protocol: \{"type":"dance"\}/,
    ],
    [
      'asks what nobody answers',
      "say({ type: 'ask', name: 'age', payload: 1 }); await sleep(1e5);",
      /asks for "age"/,
    ],
  ])('is TOOL_FAILED when it %s', async (_, script, message) => {
    await expect(run(script)).rejects.toMatchObject({
      name: 'VLAError',
      code: 'TOOL_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('says that memory may have run out when the system killed it', async () => {
    await expect(run("process.kill(process.pid, 'SIGKILL'); await sleep(1e5);")).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      hint: expect.stringContaining('memory'),
    });
  });

  it('ends with what an answer throws, and stops the tool', async () => {
    const refused = new VLAError('INVALID_STATE', 'no joints');
    const answers = { joints: () => Promise.reject(refused) };
    await expect(
      run("say({ type: 'ask', name: 'joints', payload: 0 }); await sleep(1e5);", { answers }),
    ).rejects.toBe(refused);
  });

  it.each(['onProgress', 'onWarning'] as const)('ends with what %s throws', async (name) => {
    const bug = new Error('a bug of the caller');
    const script =
      "say({ type: 'progress', label: '' }); say({ type: 'warning', message: '' }); await sleep(1e5);";
    const throwing = () => {
      throw bug;
    };
    await expect(run(script, { [name]: throwing })).rejects.toBe(bug);
  });

  it.each([
    ['is not there', '/nowhere/python', /no Python at "\/nowhere\/python"/],
    ['is no program', import.meta.filename, /does not start/],
  ])('is PYTHON_UNAVAILABLE when the interpreter %s', async (_, python, message) => {
    await expect(run('', { python })).rejects.toMatchObject({
      code: 'PYTHON_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });
});

describe('ending a Python tool', () => {
  it('does not start when the signal has fired before', async () => {
    const marker = path.join(await temporaryDirectory(), 'started');
    const python = await shellScript('python', `touch '${marker}'`);
    await expect(run('', { python, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(readFile(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is over, with all that it started, when the abort is reported', async () => {
    const controller = new AbortController();
    const pids: number[] = [];
    const running = run(
      `const grandchild = spawn('sleep', ['1000'], { stdio: 'inherit' });
       say({ type: 'ask', name: 'pids', payload: [process.pid, grandchild.pid] });
       await sleep(1e6);`,
      {
        signal: controller.signal,
        answers: {
          pids: async (payload) => {
            pids.push(...z.array(z.number()).parse(payload));
            controller.abort();
          },
        },
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(pids.length).toBe(2);
    expect(isRunning(pids[0] ?? 0)).toBe(false);
    await vi.waitFor(() => expect(isRunning(pids[1] ?? 0)).toBe(false), 10_000);
  });

  it('waits for the answer that is being worked out before it reports the abort', async () => {
    const controller = new AbortController();
    let answered = false;
    const slow = async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
      answered = true;
    };
    const asking = run("say({ type: 'ask', name: 'slow', payload: 0 }); await sleep(1e6);", {
      signal: controller.signal,
      answers: { slow },
    });
    await expect(asking).rejects.toMatchObject({ code: 'ABORTED' });
    expect(answered).toBe(true);
  });

  it('does not wait for what a tool leaves running when it ends', async () => {
    const script = `
      const left = spawn('sleep', ['1000'], { stdio: 'inherit' });
      say({ type: 'result', value: { sum: left.pid } });`;
    const { sum: pid } = await run(script);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
  });

  it('ends with a process that exits', async () => {
    const python = await fakePython(
      "say({ type: 'warning', message: String(process.pid) }); await sleep(1e6);",
    );
    const script = `
      import { runPythonTool } from ${JSON.stringify(pathToFileURL(path.join(packageRoot, 'lib/toolchain/python/python-tool.ts')).href)};
      import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
      const onWarning = (text) => { process.stdout.write(text); process.exit(0); };
      await runPythonTool({ python: ${JSON.stringify(python)}, command: 'add', request: {}, result: z.unknown(), onWarning });`;
    const pid = await new Promise<number>((resolve, reject) =>
      execFile(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
        (error, stdout) => (error ? reject(error) : resolve(Number(stdout))),
      ),
    );
    expect(pid).toBeGreaterThan(0);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
  });
});
