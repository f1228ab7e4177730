import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { packageRoot } from '../../../lib/native/package-root.js';
import { runPython } from '../../../lib/toolchain/python/run-python.js';
import { watchedModule } from '../../../lib/toolchain/python/watched-module.js';
import { isRunning, temporaryDirectory } from './fake-python.js';

const python = process.env['JETSON_VLA_PYTHON'] ?? 'python3';

it('a watched module runs as a program with its arguments, isolated from the variables of the user', async () => {
  const env = { ...process.env, PYTHONPATH: '/nowhere' };
  const { failure, lines } = await runPython(python, watchedModule('json.tool', '--help'), { env });
  expect(failure).toBeUndefined();
  expect(lines.join('\n')).toMatch(/usage: [\s\S]*infile/);
});

it('a watched module ends, with what it started, when its Node is killed', async () => {
  // A module of the standard library that runs the file it is given.
  const script = path.join(await temporaryDirectory(), 'script.py');
  await writeFile(
    script,
    `import os, subprocess, time
child = subprocess.Popen(["sleep", "1000"])
print(os.getpid(), child.pid, flush=True)
time.sleep(1000)`,
  );
  const lib = (file: string) =>
    JSON.stringify(pathToFileURL(path.join(packageRoot, 'lib/toolchain/python', file)).href);
  const program = `
    import { runPython } from ${lib('run-python.ts')};
    import { watchedModule } from ${lib('watched-module.ts')};
    await runPython(${JSON.stringify(python)}, watchedModule('trace', '--listfuncs', ${JSON.stringify(script)}), {
      signal: new AbortController().signal,
      onLine: (line) => process.stdout.write(line + '\\n'),
    });`;
  const node = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void node.kill('SIGKILL'));
  const [text] = await once(node.stdout, 'data');
  const pids = String(text).trim().split(' ').map(Number);
  expect(pids.filter(isRunning).length).toBe(2);
  node.kill('SIGKILL');
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 20_000);
});
