import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rosPackageSource } from '../../../lib/ros/install-package.js';

const SCRIPT = path.join(rosPackageSource, 'scripts/vla_node');
const ARGUMENTS = ['--ros-args', '-p', 'bundle:=a b', '-r', 'camera/image_raw:=/cam', '-p', "q:=it's $HOME"];

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'jetson-vla-'));
});
afterEach(() => {
  rmSync(temporary, { recursive: true });
});

/** An npm package whose program tells where it lies, by which Node it runs, and its arguments. */
function fakePackage(name: string): string {
  const home = path.join(temporary, name);
  mkdirSync(path.join(home, 'dist/cli'), { recursive: true });
  writeFileSync(
    path.join(home, 'dist/cli/main.js'),
    'console.log(JSON.stringify({ program: process.argv[1], node: process.argv0, args: process.argv.slice(2) }))',
  );
  return home;
}

/** A directory for PATH with these programs in it. */
function programs(...names: ('node' | 'jetson-vla')[]): string {
  const bin = mkdtempSync(path.join(temporary, 'bin-'));
  for (const name of names) {
    const file = path.join(bin, name);
    if (name === 'node') symlinkSync(process.execPath, file);
    else {
      writeFileSync(file, `#!/bin/sh\nprintf 'jetson-vla'; printf '|%s' "$@"; echo\n`);
      chmodSync(file, 0o755);
    }
  }
  return bin;
}

/** The script as `jetson-vla ros install` writes it. */
function installed(home: string, node: string): string {
  const file = path.join(temporary, 'vla_node');
  const text = readFileSync(SCRIPT, 'utf8')
    .replace('\ninstalled_home=\n', () => `\ninstalled_home='${home}'\n`)
    .replace('\ninstalled_node=\n', () => `\ninstalled_node='${node}'\n`);
  writeFileSync(file, text);
  return file;
}

function run(script: string, env: Record<string, string>) {
  return spawnSync('/bin/sh', [script, ...ARGUMENTS], { encoding: 'utf8', env });
}

const started = (stdout: string): { program: string; node: string; args: string[] } => JSON.parse(stdout);

describe('vla_node', () => {
  it('runs the package that JETSON_VLA_HOME names, before any other', () => {
    const home = fakePackage('named home');
    const script = installed(fakePackage('other'), '');
    const { stdout } = run(script, { PATH: programs('node', 'jetson-vla'), JETSON_VLA_HOME: home });
    expect(started(stdout)).toMatchObject({
      program: path.join(home, 'dist/cli/main.js'),
      args: ['ros', ...ARGUMENTS],
    });
  });

  it('runs the package and the Node of its installation, with nothing in PATH', () => {
    const home = fakePackage('home');
    const node = path.join(programs('node'), 'node');
    const { stdout } = run(installed(home, node), { PATH: programs() });
    expect(started(stdout)).toEqual({
      program: path.join(home, 'dist/cli/main.js'),
      node,
      args: ['ros', ...ARGUMENTS],
    });
  });

  it('takes the Node in PATH when the one of its installation is gone', () => {
    const script = installed(fakePackage('home'), path.join(temporary, 'gone/node'));
    const { stdout } = run(script, { PATH: programs('node') });
    expect(started(stdout).args).toEqual(['ros', ...ARGUMENTS]);
  });

  it('runs the command in PATH when nothing else is known, or the package of its installation is gone', () => {
    for (const script of [SCRIPT, installed(path.join(temporary, 'gone'), '')]) {
      const { stdout } = run(script, { PATH: programs('jetson-vla') });
      expect(stdout).toBe(`jetson-vla|ros|${ARGUMENTS.join('|')}\n`);
    }
  });

  it('says what to do when there is no package', () => {
    const { status, stdout, stderr } = run(SCRIPT, { PATH: programs('node') });
    expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
    expect(stderr).toMatch(/was not found\.\n.*npm install jetson-vla.*\n.*JETSON_VLA_HOME/);
  });

  it('says where the package of its installation was', () => {
    const gone = path.join(temporary, 'gone');
    const { status, stderr } = run(installed(gone, ''), { PATH: programs('node') });
    expect(status).toBe(127);
    expect(stderr).toContain(`no longer in ${gone}`);
  });

  it('says what is wrong with JETSON_VLA_HOME, and takes nothing else in its place', () => {
    const { status, stdout, stderr } = run(installed(fakePackage('home'), ''), {
      PATH: programs('node', 'jetson-vla'),
      JETSON_VLA_HOME: path.join(temporary, 'empty'),
    });
    expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
    expect(stderr).toContain(path.join(temporary, 'empty'));
  });

  it('says that there is no Node', () => {
    const { status, stderr } = run(SCRIPT, { PATH: programs(), JETSON_VLA_HOME: fakePackage('home') });
    expect(status).toBe(127);
    expect(stderr).toContain('Node.js is not in PATH');
  });

  it('becomes the node, so that signals reach it', async () => {
    const home = fakePackage('home');
    writeFileSync(
      path.join(home, 'dist/cli/main.js'),
      `process.on('SIGINT', () => process.exit(42)); setInterval(() => {}, 1000); console.log(process.pid);`,
    );
    const script = path.join(temporary, 'vla_node');
    copyFileSync(SCRIPT, script);
    chmodSync(script, 0o755);
    const child = spawn(script, [], { env: { PATH: `${programs('node')}`, JETSON_VLA_HOME: home } });
    const ended = once(child, 'exit');
    const [pid] = await once(child.stdout, 'data');
    expect(Number(String(pid))).toBe(child.pid);
    child.kill('SIGINT');
    expect(await ended).toEqual([42, null]);
  });
});
