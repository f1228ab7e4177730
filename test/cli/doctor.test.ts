import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { doctorCommand } from '../../lib/cli/doctor.js';
import { setupJetsonCommand } from '../../lib/cli/setup-jetson.js';
import { MACHINES, machineWith } from '../doctor/machines.js';

/** Runs a command in this process. */
async function run(command: typeof doctorCommand, args: readonly string[]) {
  let stdout = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const status = await command.run(args).finally(() => write.mockRestore());
  return { status, stdout };
}

describe('jetson-vla doctor', () => {
  it('prints a line for each finding, remedies below it, and ends with 0 when nothing failed', async () => {
    const { root } = await machineWith(MACHINES['Orin Nano, JetPack 6.2']);
    const { status, stdout } = await run(doctorCommand, ['--root', root]);
    expect(stdout).toMatch(/^ok {4}system: Ubuntu 22\.04\.5 LTS, Linux 5\.15\.148-tegra, arm64\n/);
    expect(stdout).toContain(
      'WARN  power mode: 25W (1); MAXN_SUPER (2) is faster\n      → sudo nvpmodel -m 2\n',
    );
    expect(stdout).toMatch(/\n0 failed, 2 to look at, \d+ in order\n$/);
    expect(status).toBe(0);
  });

  it('ends with 1 when something that was required is not there, and prints JSON', async () => {
    const { root } = await machineWith(MACHINES['laptop with Debian 12']);
    const { status, stdout } = await run(doctorCommand, [
      '--root',
      root,
      '--json',
      '--require',
      'tensorrt',
      '--require',
      'ros',
    ]);
    const failed = JSON.parse(stdout).filter(({ level }: { level: string }) => level === 'fail');
    expect(failed.map(({ topic }: { topic: string }) => topic)).toEqual(['GPU', 'TensorRT', 'ROS 2']);
    expect(status).toBe(1);
  });

  it.each([
    [['--require', 'cuda'], /--require: expected tensorrt, ros, python, got cuda/],
    [['--root', '/no/such/directory'], /--root: expected the root directory of a system/],
    [['everything'], /expected options only, got everything/],
    [['--verbose'], /--verbose/],
  ])('refuses %j', async (args, message) => {
    await expect(run(doctorCommand, args)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
      hint: 'jetson-vla doctor --help',
    });
  });
});

describe('jetson-vla setup-jetson', () => {
  it('prints what another Jetson needs', async () => {
    const { status, stdout } = await run(setupJetsonCommand, ['--for', 'jetpack-7', '--power-mode', 'keep']);
    expect(stdout).toMatch(/^# A Jetson with JetPack 7\.0 or 7\.1: 0 of 6 steps are done\n/);
    expect(stdout).toContain('\nsudo apt-get install -y nvidia-jetpack\n');
    expect(stdout).toContain('ros-jazzy-ros-base');
    expect(status).toBe(0);
  });

  it('prints the plan as JSON, each command also as a shell takes it', async () => {
    const { stdout } = await run(setupJetsonCommand, ['--for', 'jetpack-6', '--json', '--ros', 'none']);
    expect(JSON.parse(stdout).steps[1]).toEqual({
      id: 'jetpack',
      title: 'Install JetPack',
      why: expect.stringContaining('TensorRT 10.3'),
      done: false,
      commands: [
        {
          argv: ['apt-get', 'install', '-y', 'nvidia-jetpack'],
          root: true,
          shell: 'sudo apt-get install -y nvidia-jetpack',
        },
      ],
    });
  });

  it.each([
    [['--for', 'jetpack-4'], /expected jetpack-5.*got jetpack-4/],
    [['--for', 'jetpack-6', '--apply'], /--apply is for this one/],
    [['--yes'], /give both/],
    [['--ros', 'foxy'], /--ros: expected auto, humble, jazzy, none, got foxy/],
    [['--for', 'jetpack-6', '--ros', 'jazzy'], /jazzy has no packages for Ubuntu jammy/],
    [['--power-mode', 'MAXN'], /--power-mode: expected fastest, keep or the id of a mode, got MAXN/],
    [['now'], /expected options only/],
  ])('refuses %j', async (args, message) => {
    await expect(run(setupJetsonCommand, args)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });
});
