import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  type ProjectEnvironmentOptions,
  projectEnvironment,
} from '../../../lib/toolchain/python/project-environment.js';
import { isRunning, shellScript, temporaryDirectory } from './fake-python.js';

interface Machine {
  /** What `python3 -m venv` does before it makes the environment, in shell. */
  readonly venv?: string;
  /** What `pip install` does, in shell. */
  readonly pip?: string;
  readonly version?: string;
  /** The name of the interpreter on the PATH. */
  readonly name?: string;
}

/** What the stand-in runs. */
const TOOLS = ['cat', 'cp', 'env', 'mkdir', 'sleep'];

/**
 * A PATH on which the only Python is a stand-in, which makes environments that hold itself; and a project whose path has
 * a space.
 */
async function machine({ venv = '', pip = '', version = '3.12.3', name = 'python3' }: Machine = {}) {
  const project = path.join(await temporaryDirectory(), 'my project');
  await mkdir(project);
  const log = path.join(project, 'log');
  const python = await shellScript(
    name,
    `for last; do :; done
     case "$*" in
       *" venv "*) echo venv >> '${log}'; ${venv}
         mkdir -p "$last/bin" && cp "$0" "$last/bin/python" ;;
       *" pip install "*) echo "pip $last in $PWD" >> '${log}'
${pip}
         ;;
       *) printf '{"executable": "%s", "version": "${version}", "packages": {}}' "$0" ;;
     esac`,
  );
  const lock = path.join(project, 'requirements.lock');
  await writeFile(lock, 'numpy==2.4.6\ntorch==2.13.0\n');
  const environment = path.join(project, '.jetson-vla', 'python');
  const bin = path.dirname(python);
  for (const tool of TOOLS)
    await symlink(
      ['/bin', '/usr/bin'].map((at) => path.join(at, tool)).find(existsSync) ?? tool,
      path.join(bin, tool),
    );
  const env = { PATH: bin };
  return {
    bin,
    env,
    project,
    lock,
    environment,
    interpreter: path.join(environment, 'bin', 'python'),
    calls: async () =>
      (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    make: (options: Partial<ProjectEnvironmentOptions> = {}) =>
      projectEnvironment({ project, requirements: [lock], env, ...options }),
  };
}

describe('the Python environment of a project', () => {
  it('is made on first use, from its lock, and only then', async () => {
    const { project, make, calls, interpreter } = await machine();
    expect(await make()).toBe(interpreter);
    expect(await make()).toBe(interpreter);
    expect(await calls()).toEqual(['venv', `pip requirements.lock in ${project}`]);
    expect(await readFile(path.join(project, '.jetson-vla', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is made anew when its lock changes', async () => {
    const { lock, make, calls, environment } = await machine();
    await make();
    const old = path.join(environment, 'of the old one');
    await writeFile(old, '');
    await writeFile(lock, 'numpy==2.4.7\n');
    await make();
    expect((await calls()).filter((call) => call === 'venv').length).toBe(2);
    expect(existsSync(old)).toBe(false);
  });

  it('is made anew when its interpreter has gone', async () => {
    const { make, calls, interpreter } = await machine();
    await make();
    await rm(interpreter);
    await make();
    expect((await calls()).filter((call) => call === 'venv').length).toBe(2);
  });

  it('takes more packages on top, which do not cost the ones below', async () => {
    const { project, lock, make, calls } = await machine();
    const dev = path.join(project, 'dev.txt');
    await writeFile(dev, 'ruff==1\n');
    await make();
    await make({ requirements: [lock, dev] });
    await writeFile(dev, 'ruff==2\n');
    await make({ requirements: [lock, dev] });
    await make();
    const installed = (await calls()).map((call) => call.split(' ').slice(0, 2).join(' '));
    expect(installed).toEqual(['venv', 'pip requirements.lock', 'pip dev.txt', 'pip dev.txt']);
  });

  it('keeps what is complete when packages on top cannot be installed', async () => {
    const { project, lock, make, calls } = await machine({ pip: '[ "$last" = requirements.lock ]' });
    const dev = path.join(project, 'dev.txt');
    await writeFile(dev, 'ruff==1\n');
    await expect(make({ requirements: [lock, dev] })).rejects.toMatchObject({ code: 'PYTHON_UNAVAILABLE' });
    await make();
    expect((await calls()).filter((call) => call === 'venv').length).toBe(1);
  });

  it('is made anew after one whose creation was cut off, as by a power cut', async () => {
    const { make, calls, environment, interpreter } = await machine();
    await mkdir(path.dirname(interpreter), { recursive: true });
    await writeFile(interpreter, '');
    const half = path.join(environment, 'half');
    await writeFile(half, '');
    await make();
    expect(existsSync(half)).toBe(false);
    expect((await calls()).length).toBe(2);
  });

  it('is made once by callers that come at the same time', async () => {
    const { make, calls, interpreter } = await machine({ pip: 'sleep 0.3' });
    const waiting: string[] = [];
    const onProgress = ({ label }: { label: string }) => void waiting.push(label);
    expect(await Promise.all([make({ onProgress }), make({ onProgress })])).toEqual([
      interpreter,
      interpreter,
    ]);
    expect((await calls()).length).toBe(2);
    expect(waiting).toContain('Waiting for another process that makes the Python environment');
  });

  it('has pip unpack inside it, and hides from pip what would send packages elsewhere', async () => {
    const { make, env, project, environment } = await machine({ pip: 'env > seen' });
    const misleading = { PIP_TARGET: '/elsewhere', PIP_USER: '1', PYTHONPATH: '/opt/ros/python' };
    await make({ env: { ...env, ...misleading, PIP_INDEX_URL: 'kept' } });
    const seen = (await readFile(path.join(project, 'seen'), 'utf8')).split('\n');
    const temporary = path.join(environment, 'tmp');
    expect(seen).toEqual(expect.arrayContaining([`TMPDIR=${temporary}`, 'PIP_INDEX_URL=kept', 'PIP_USER=0']));
    expect(seen.filter((line) => /^PIP_TARGET|^PYTHONPATH/.test(line))).toEqual([]);
    expect(existsSync(temporary)).toBe(false);
  });

  it('tells how far it is', async () => {
    const { make } = await machine({
      pip: `cat <<'END'
Looking in links: /wheels
Collecting numpy==2.4.6 (from -r requirements.lock (line 1))
  Downloading numpy-2.4.6-cp312-cp312-manylinux_2_28_aarch64.whl.metadata (6 kB)
  Downloading numpy-2.4.6-cp312-cp312-manylinux_2_28_aarch64.whl (16.2 MB)
Processing /wheels/torch-2.13.0+cpu-cp312-cp312-linux_aarch64.whl (from -r requirements.lock (line 2))
Installing collected packages: numpy, torch
Successfully installed numpy-2.4.6 torch-2.13.0+cpu
END`,
    });
    const steps: [string, number | undefined][] = [];
    await make({ onProgress: ({ label, fraction }) => void steps.push([label, fraction]) });
    expect(steps[0]?.[0]).toMatch(/^Making a Python environment in .*my project.*GB/);
    expect(steps.slice(1)).toEqual([
      ['Finding numpy', 0],
      ['Fetching numpy 2.4.6 (16.2 MB)', 0.4],
      ['Fetching torch 2.13.0+cpu', 0.4],
      ['Installing 2 packages', 0.8],
      ['The Python environment is ready', 1],
    ]);
  });
});

describe('a Python environment that cannot be made', () => {
  it.each([
    [
      'there is no Python',
      { name: 'perl' },
      'PYTHON_UNAVAILABLE',
      /Python ≥ 3\.10 is needed; there is none/,
      /apt-get install python3 python3-venv/,
    ],
    ['Python is too old', { version: '3.8.10' }, 'PYTHON_UNAVAILABLE', /python3 is 3\.8\.10/, /apt-get/],
    [
      'Debian left venv out',
      {
        venv: 'echo "The virtual environment was not created successfully because ensurepip is not"; echo available.; exit 1;',
      },
      'PYTHON_UNAVAILABLE',
      /has no venv module/,
      /python3-venv/,
    ],
    [
      'venv fails',
      { venv: 'echo "Error: strange" >&2; exit 1;' },
      'PYTHON_UNAVAILABLE',
      /exit status 1:\nError: strange/,
      /venv/,
    ],
    [
      'venv finds the disk full',
      { venv: 'echo "Error: [Errno 28] No space left on device" >&2; exit 1;' },
      'WRITE_FAILED',
      /disk is full/,
      /Free some space/,
    ],
    [
      'pip finds the disk full',
      {
        pip: 'echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1',
      },
      'WRITE_FAILED',
      /disk is full/,
      /Free some space/,
    ],
    [
      'there is no network',
      {
        pip: 'echo "WARNING: Retrying after connection broken by NewConnectionError" >&2; echo "ERROR: No matching distribution found for numpy==2.4.6" >&2; exit 1',
      },
      'PYTHON_UNAVAILABLE',
      /cannot reach the package index/,
      /network/,
    ],
    [
      'there is no wheel for this machine',
      { pip: 'echo "ERROR: No matching distribution found for torch==2.13.0" >&2; exit 1' },
      'PYTHON_UNAVAILABLE',
      /finds no torch==2\.13\.0 for this Python and machine/,
      /--python/,
    ],
    [
      'pip fails otherwise',
      { pip: 'echo "WARNING: noise"; echo "ERROR: hash mismatch"; exit 3' },
      'PYTHON_UNAVAILABLE',
      /exit status 3:\n {2}ERROR: hash mismatch$/,
      /--python/,
    ],
  ])('says so when %s, and leaves nothing', async (_, stands, code, message, hint) => {
    const { make, project, environment } = await machine(stands);
    await expect(make()).rejects.toMatchObject({
      name: 'VLAError',
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(existsSync(environment)).toBe(false);
    expect(existsSync(path.join(project, '.jetson-vla', '.build-lock'))).toBe(false);
  });

  it('takes a newer Python beside one that is too old', async () => {
    const { make, bin, interpreter } = await machine({ name: 'python3.11' });
    const old = path.join(bin, 'python3');
    await writeFile(old, `#!/bin/sh\necho '{"executable": "/old", "version": "3.8.10", "packages": {}}'\n`);
    await chmod(old, 0o755);
    expect(await make()).toBe(interpreter);
  });

  it('ends with what onProgress throws, and leaves nothing', async () => {
    const { make, environment } = await machine({ pip: 'echo "Collecting numpy"; sleep 1000' });
    const bug = new Error('a bug of the caller');
    const onProgress = ({ label }: { label: string }) => {
      if (label === 'Finding numpy') throw bug;
    };
    await expect(make({ onProgress })).rejects.toBe(bug);
    expect(existsSync(environment)).toBe(false);
  });

  it('is WRITE_FAILED where nothing can be written', async () => {
    const { make, lock } = await machine();
    await expect(make({ project: lock })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('cannot be written'),
    });
  });

  it('ends pip, and takes away what it made, when it is aborted', async () => {
    const { make, project, environment, calls } = await machine({
      pip: `trap 'echo interrupted >> "$PWD/log"; exit 1' INT; echo $$ > "$PWD/pid"; sleep 1000 & wait`,
    });
    const controller = new AbortController();
    const making = make({ signal: controller.signal });
    const pid = await vi.waitFor(async () => {
      const text = await readFile(path.join(project, 'pid'), 'utf8');
      expect(text).toMatch(/\n$/);
      return Number(text);
    }, 20_000);
    controller.abort();
    await expect(making).rejects.toMatchObject({ code: 'ABORTED' });
    expect(isRunning(pid)).toBe(false);
    expect((await calls()).at(-1)).toBe('interrupted');
    expect(existsSync(environment)).toBe(false);
  });

  it('stops waiting for another process when it is aborted', async () => {
    const { make, project, environment } = await machine();
    await mkdir(path.join(project, '.jetson-vla'));
    await writeFile(path.join(project, '.jetson-vla', '.build-lock'), `${process.ppid}`);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(make({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(existsSync(environment)).toBe(false);
  });
});
