import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rosCommand } from '../../lib/cli/ros.js';
import { parseRosArguments } from '../../lib/cli/ros-arguments.js';
import { errorOf, rejectionOf } from '../policy/error-of.js';
import { fakeInstallation } from '../ros/fake-installation.js';
import { runRos, STAND_IN, startRos } from './run-ros.js';

describe('jetson-vla ros', () => {
  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 0],
  ] as const)('runs the node until %s, and ends with %i', async (signal, status) => {
    let told = false;
    const { code, stderr } = await startRos(
      STAND_IN,
      ['--bundle', '/nowhere', '--autostart', '--watchdog', 'false'],
      (output, kill) => {
        if (told || !output.includes('the automatic start failed')) return;
        told = true;
        kill(signal);
      },
    );
    expect({ code, told }).toEqual({ code: status, told: true });
    expect(stderr).toContain('Stopping …');
  });

  it('says what keeps it from running, with the commands that help', async () => {
    const { code, stdout, stderr } = await runRos({}, []);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^VLAError \[ROS_UNAVAILABLE\].*\n {2}→ /s);
  });

  it('hands what ROS refuses on as an error', async () => {
    const { code, stderr } = await startRos(STAND_IN, ['--ros-args', '-r', 'nonsense']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/INVALID_ARGUMENT.*--ros-args/s);
  });

  it.each([
    ['an unknown action', ['walk'], /expected doctor, install or an option, got walk/],
    ['an unknown option', ['--speed', '3'], /there is no option --speed/],
    ['an option of another action', ['--json'], /there is no option --json/],
    ['a stray word', ['--bundle', 'a', 'b'], /expected an option, got b/],
    ['no value', ['--bundle'], /--bundle: expected a string, got nothing/],
    ['an option for a value', ['--bundle', '--autostart'], /--bundle: expected a string, got nothing/],
    ['a bool that is none', ['--execute=maybe'], /--execute: expected true or false, got maybe/],
    [
      'a number that is none',
      ['--time-limit', 'soon'],
      /--time-limit: expected a number from 0 to 86400, got soon/,
    ],
    ['a number out of range', ['--motion-factor=2'], /--motion-factor: expected .* got 2/],
    ['an unknown choice', ['--merge', 'some'], /--merge: expected one of .*"replace".* got some/],
    ['a list of another length', ['--workspace', '0,0,0'], /--workspace: expected .*6 numbers, got 0,0,0/],
    ['a list to doctor that is none', ['doctor', '--workspace', 'a'], /--workspace: expected/],
    ['an argument to install', ['install', '--bundle', 'a'], /--bundle/],
  ])('explains itself when it is given %s', async (_what, args, message) => {
    const error = await rejectionOf(Promise.resolve(rosCommand.run(args)));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: 'jetson-vla ros --help' });
    expect(error.message).toMatch(message);
  });

  it('has a help text that fits a terminal, with every parameter of the node', () => {
    for (const line of rosCommand.help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    for (const option of ['--bundle', '--autostart', '--gripper-max-effort'])
      expect(rosCommand.help).toContain(`  ${option}  (`);
  });
});

describe('the options of the node', () => {
  it('are its parameters, in their types', () => {
    const { parameters, rosArgs } = parseRosArguments([
      ...['--bundle', 'policies/pick', '--autostart', '--execute', 'false', '--time-limit=12.5'],
      ...['--joint-names', 'a,b', '--workspace', '-1,-1,0,1,1,1'],
    ]);
    expect(parameters).toEqual({
      bundle: 'policies/pick',
      autostart: true,
      execute: false,
      time_limit: 12.5,
      joint_names: ['a', 'b'],
      workspace: [-1, -1, 0, 1, 1, 1],
    });
    expect(rosArgs).toEqual([]);
  });

  it('end where those of ROS begin, which stay as they are', () => {
    const ros = ['--ros-args', '-r', 'a:=b', '--bundle', '--', '--json', '--ros-args'];
    const { parameters, rosArgs } = parseRosArguments(['--autostart', ...ros]);
    expect(parameters).toEqual({ autostart: true });
    expect(rosArgs).toEqual(ros);
  });

  it('may be repeated, and the last one counts', () => {
    expect(parseRosArguments(['--bundle', 'a', '--bundle=b']).parameters).toEqual({ bundle: 'b' });
  });

  it('have no empty number', () => {
    expect(errorOf(() => parseRosArguments(['--time-limit='])).message).toContain('--time-limit');
  });
});

describe('jetson-vla ros install', () => {
  it('writes the ROS package and says what to run next', async () => {
    const { project } = fakeInstallation();
    const prefix = path.join(project, 'ros');
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => write.mockRestore());
    expect(await rosCommand.run(['install', '--prefix', prefix])).toBe(0);
    const printed = write.mock.calls.map(([text]) => String(text)).join('');
    expect(printed).toContain(`source ${prefix}/setup.bash\n`);
    expect(printed).toContain('ros2 run jetson_vla vla_node');
    expect(existsSync(path.join(prefix, 'lib/jetson_vla/vla_node'))).toBe(true);
  });
});
