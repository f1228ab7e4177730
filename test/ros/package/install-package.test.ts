import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../lib/native/package-root.js';
import { installRosPackage, rosPackageSource } from '../../../lib/ros/install-package.js';

let temporary: string;
beforeEach(() => {
  // A space and a quote: what a shell trips over.
  temporary = path.join(mkdtempSync(path.join(tmpdir(), 'jetson-vla-')), "it's here");
  mkdirSync(temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(path.dirname(temporary), { recursive: true });
});

const inside = (...parts: string[]) => path.join(temporary, ...parts);
const text = (file: string) => readFileSync(file, 'utf8');
const bash = (script: string, env: Record<string, string> = {}) => {
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-uc', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.trim();
};

describe('a prefix', () => {
  it('has what ros2 run and ros2 launch look for', async () => {
    const prefix = inside('ros');
    const installed = await installRosPackage({ prefix });
    expect(installed).toMatchObject({ kind: 'prefix', directory: prefix });
    expect(existsSync(path.join(prefix, 'share/ament_index/resource_index/packages/jetson_vla'))).toBe(true);
    for (const part of ['package.xml', 'launch/vla.launch.py', 'config/params.yaml'])
      expect(text(path.join(prefix, 'share/jetson_vla', part))).toBe(text(path.join(rosPackageSource, part)));
    const program = path.join(prefix, 'lib/jetson_vla/vla_node');
    expect(statSync(program).mode & 0o111).toBe(0o111);
  });

  it('is put before the other prefixes, once, by the command that is returned', async () => {
    const prefix = inside('ros');
    const { commands } = await installRosPackage({ prefix });
    const script = `${commands.join('\n')}\n${commands.join('\n')}\necho "$AMENT_PREFIX_PATH"`;
    expect(bash(script)).toBe(prefix);
    expect(bash(script, { AMENT_PREFIX_PATH: '/opt/ros/jazzy' })).toBe(`${prefix}:/opt/ros/jazzy`);
  });

  it('starts this installation with this Node', async () => {
    await installRosPackage({ prefix: inside('ros') });
    const program = text(inside('ros/lib/jetson_vla/vla_node'));
    const assignments = program.match(/^installed_\w+=.*$/gm)?.join('\n');
    expect(bash(`${assignments}\necho "$installed_home|$installed_node"`)).toBe(
      `${path.resolve(packageRoot)}|${process.execPath}`,
    );
  });

  it.each([
    ['the data directory of the user', (data: string) => ({ XDG_DATA_HOME: data }), 'jetson-vla/ros'],
    [
      '.local/share at home',
      (home: string) => ({ XDG_DATA_HOME: '', HOME: home }),
      '.local/share/jetson-vla/ros',
    ],
  ])('lies in %s by default', async (_, environment, place) => {
    for (const [name, value] of Object.entries(environment(temporary))) vi.stubEnv(name, value);
    const { directory } = await installRosPackage();
    expect(directory).toBe(inside(place));
    expect(existsSync(inside(place, 'setup.bash'))).toBe(true);
  });
});

describe('a colcon workspace', () => {
  it('gets the source, with this installation and this Node filled in', async () => {
    const installed = await installRosPackage({ workspace: temporary });
    const directory = inside('src/jetson_vla');
    expect(installed).toMatchObject({ kind: 'workspace', directory });
    expect(installed.commands.join('\n')).toContain('colcon build --packages-select jetson_vla');
    expect(readdirSync(directory).sort()).toEqual(
      [...readdirSync(rosPackageSource), '.installed-by-jetson-vla.json'].sort(),
    );
    expect(text(path.join(directory, 'scripts/vla_node'))).toContain(process.execPath);
  });

  it('has to be there', async () => {
    await expect(installRosPackage({ workspace: inside('missing') })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(inside('missing')),
    });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe.each([
  ['prefix', (place: string) => ({ prefix: path.join(place, 'ros') })],
  ['workspace', (place: string) => ({ workspace: place })],
])('installed a second time into a %s', (_, options) => {
  const contents = (directory: string) =>
    Object.fromEntries(
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => [file, text(file)]),
    );

  it('changes nothing, and leaves nothing beside it', async () => {
    const { directory } = await installRosPackage(options(temporary));
    const first = contents(temporary);
    await installRosPackage(options(temporary));
    expect(contents(temporary)).toEqual(first);
    expect(readdirSync(path.dirname(directory))).toEqual([path.basename(directory)]);
  });

  it('passes over what Python caches', async () => {
    const { directory } = await installRosPackage(options(temporary));
    const cache = path.join(directory, 'launch/__pycache__');
    mkdirSync(cache, { recursive: true });
    writeFileSync(path.join(cache, 'vla.launch.pyc'), 'x');
    await installRosPackage(options(temporary));
    expect(existsSync(cache)).toBe(false);
  });

  it('brings back a file that was deleted', async () => {
    const { directory } = await installRosPackage(options(temporary));
    const first = contents(directory);
    const some = Object.keys(first).find((file) => file.endsWith('package.xml')) ?? '';
    rmSync(some);
    await installRosPackage(options(temporary));
    expect(contents(directory)).toEqual(first);
  });

  it('refuses to overwrite a file that was changed', async () => {
    const { directory } = await installRosPackage(options(temporary));
    const changed = Object.keys(contents(directory)).find((file) => file.endsWith('params.yaml')) ?? '';
    writeFileSync(changed, 'mine');
    await expect(installRosPackage(options(temporary))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('params.yaml'),
      hint: expect.stringContaining('params_file'),
    });
    expect(text(changed)).toBe('mine');
  });

  it('refuses to delete a file that was added', async () => {
    const { directory } = await installRosPackage(options(temporary));
    const added = path.join(directory, 'mine.yaml');
    writeFileSync(added, 'mine');
    await expect(installRosPackage(options(temporary))).rejects.toThrow('mine.yaml');
    expect(text(added)).toBe('mine');
  });
});

describe('refuses, and changes nothing, for', () => {
  it('a directory with the files of others', async () => {
    mkdirSync(inside('src/jetson_vla'), { recursive: true });
    writeFileSync(inside('src/jetson_vla/package.xml'), 'theirs');
    for (const options of [{ workspace: temporary }, { prefix: temporary }])
      await expect(installRosPackage(options)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('did not install'),
      });
    expect(text(inside('src/jetson_vla/package.xml'))).toBe('theirs');
    expect(readdirSync(inside('src'))).toEqual(['jetson_vla']);
  });

  it('a file in the way', async () => {
    writeFileSync(inside('ros'), 'theirs');
    await expect(installRosPackage({ prefix: inside('ros') })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(readdirSync(temporary)).toEqual(['ros']);
  });

  it('two places at once', async () => {
    await expect(installRosPackage({ prefix: inside('a'), workspace: temporary })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('a prefix that AMENT_PREFIX_PATH cannot hold', async () => {
    await expect(installRosPackage({ prefix: inside('a:b') })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)('a directory that cannot be written', async () => {
    chmodSync(temporary, 0o555);
    await expect(installRosPackage({ prefix: inside('ros') })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it.each([
    ['nothing', ''],
    ['a number', 7],
  ])('%s as a path', async (_, prefix) => {
    // @ts-expect-error: as JavaScript may call it
    await expect(installRosPackage({ prefix })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
