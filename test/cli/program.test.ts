import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { doctorCommand } from '../../lib/cli/doctor.js';
import { nearestName } from '../../lib/cli/nearest-name.js';
import { COMMANDS } from '../../lib/cli/program.js';
import { packageRoot, packageVersion } from '../../lib/native/package-root.js';
import { jetsonVla } from './run-program.js';

const NAMES = Object.keys(COMMANDS);

describe('jetson-vla', () => {
  it('lists its commands when it is asked for help or nothing', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help'], ['help', 'help']]) {
      const { status, stdout } = await jetsonVla(...args);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage: jetson-vla <command>/);
      for (const name of NAMES) expect(stdout).toContain(`  ${name.padEnd(16)}`);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    }
  });

  it('tells its version', async () => {
    expect(await jetsonVla('--version')).toMatchObject({ status: 0, stdout: `${packageVersion()}\n` });
  });

  it.each(NAMES)('explains %s, whichever way one asks', async (name) => {
    const { help } = (await COMMANDS[name]?.()) ?? { help: '' };
    for (const args of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ])
      expect(await jetsonVla(...args)).toEqual({ status: 0, stdout: help, stderr: '' });
  });

  it('takes another spelling of a command', async () => {
    expect((await jetsonVla('quantize', '--help')).stdout).toMatch(/^Usage: jetson-vla quantise/);
  });

  it.each(['explode', 'toString', '--frobnicate'])('refuses %s, which is no command', async (name) => {
    const { status, stdout, stderr } = await jetsonVla(name);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`jetson-vla has no command "${name}"`);
    expect(stderr).toContain('build-native');
  });

  it.each([
    ['docter', 'doctor'],
    ['ispect', 'inspect'],
    ['qauntise', 'quantise'],
    ['setup-jetsen', 'setup-jetson'],
  ])('asks whether %s was to be %s', async (name, meant) => {
    for (const args of [[name], ['help', name]])
      expect((await jetsonVla(...args)).stderr).toContain(`Did you mean ${meant}?`);
  });

  it('tells an error as JSON where JSON was asked for', async () => {
    for (const args of [['docter'], ['doctor', 'x'], ['bench', '--jason'], ['build-native', 'x']]) {
      const { status, stdout } = await jetsonVla(...args, '--json');
      expect(status).toBe(2);
      expect(JSON.parse(stdout)).toEqual({
        error: { code: 'INVALID_ARGUMENT', message: expect.any(String), hint: expect.any(String) },
      });
    }
  });

  it('ends with 1 for its own mistakes, with their place and as JSON', async () => {
    const run = vi.spyOn(doctorCommand, 'run').mockRejectedValueOnce(new TypeError('expected one, got none'));
    const { status, stdout, stderr } = await jetsonVla('doctor', '--json');
    run.mockRestore();
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'UNEXPECTED', message: 'expected one, got none' } });
    expect(stderr).toMatch(/^TypeError: expected one, got none\n {4}at .*program\.test\.ts/s);
  });

  it('does not mind that nobody reads what it prints', () => {
    const main = path.join('lib', 'cli', 'main.ts');
    const program = `"${process.execPath}" --import tsx ${main}`;
    const script = `set -o pipefail; ${program} --version | true; echo "status $?"; ${program} --version > /dev/full; echo "status $?"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: packageRoot, encoding: 'utf8' });
    expect(stdout).toBe('status 0\nstatus 1\n');
    expect(stderr).toMatch(/^The output cannot be written: ENOSPC.*\n$/);
  });
});

describe('nearestName', () => {
  it.each([
    ['bnech', 'bench'],
    ['--durations', '--duration'],
    ['BENCH', 'bench'],
    ['x', undefined],
    ['', undefined],
    ['completely', undefined],
  ])('of %j is %j', (text, expected) => {
    expect(nearestName(text, ['bench', 'build', '--duration'])).toBe(expected);
  });
});
