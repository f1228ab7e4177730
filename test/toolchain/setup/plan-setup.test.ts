import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setupPlanLines } from '../../../lib/cli/setup-plan-lines.js';
import { JETPACK_NAMES } from '../../../lib/engine/jetpack.js';
import { planSetup, type SetupOptions } from '../../../lib/toolchain/setup/plan-setup.js';
import { shellText } from '../../../lib/toolchain/setup/setup-step.js';
import { jetPackByName, jetPackOf, type SetupTarget } from '../../../lib/toolchain/setup/setup-target.js';
import { combine, dpkg, MACHINES, type MachineName, machineWith } from '../../doctor/machines.js';
import { targetOf } from './target-of.js';

async function planFor(name: MachineName, options: SetupOptions = {}, changes: Partial<SetupTarget> = {}) {
  return planSetup(targetOf(await machineWith(MACHINES[name]), changes), options);
}

type Plan = Awaited<ReturnType<typeof planFor>>;

const open = ({ steps }: Plan) => steps.filter(({ done }) => !done).map(({ id }) => id);
const commands = ({ steps }: Plan, id: string) =>
  steps.find((step) => step.id === id)?.commands.map((command) => shellText(command, false));

const anywhere = (name: string): SetupTarget => {
  const jetpack = jetPackByName(name);
  return {
    machine: undefined,
    jetpack,
    ubuntu: jetpack.ubuntu,
    node: undefined,
    addonDirectory: '/addon',
    user: undefined,
  };
};

describe('planSetup', () => {
  it('asks everything of a Jetson that has only been flashed', async () => {
    const plan = await planFor('freshly flashed Orin Nano, JetPack 6.2');
    expect(plan.title).toContain('JetPack 6.1 or 6.2');
    expect(open(plan)).toEqual(['update', 'jetpack', 'tensorrt', 'ros-source', 'ros', 'power-mode']);
    expect(commands(plan, 'jetpack')).toEqual(['sudo apt-get install -y nvidia-jetpack']);
    expect(commands(plan, 'tensorrt')).toEqual(['sudo apt-get install -y libnvinfer10 libnvonnxparsers10']);
    expect(commands(plan, 'ros')?.[0]).toContain('ros-humble-ros-base');
    expect(commands(plan, 'power-mode')).toEqual(['sudo nvpmodel -m 2']);
  });

  it('leaves out what is done, and then has no lists of packages to fetch', async () => {
    const plan = await planFor('AGX Thor, JetPack 7.2', { ros: 'none' });
    expect(open(plan)).toEqual([]);
    for (const { seen } of plan.steps) expect(seen).toBeTruthy();
  });

  it.each([
    ['AGX Orin, JetPack 6.0', 'humble'],
    ['AGX Thor, JetPack 7.0', 'jazzy'],
  ] as const)('takes the ROS 2 that has packages for the system of an %s: %s', async (name, distro) => {
    const plan = await planFor(name);
    expect(commands(plan, 'ros')?.join()).toContain(`ros-${distro}-ros-base`);
    expect(commands(plan, 'ros-source')?.join()).toContain(
      distro === 'humble' ? 'jammy_all.deb' : 'noble_all.deb',
    );
  });

  it('has no ROS 2 for JetPack 5, says so, and names a container', async () => {
    const plan = await planFor('AGX Xavier, JetPack 5.1.2');
    expect(plan.steps.map(({ id }) => id)).not.toContain('ros');
    expect(plan.notes.join()).toMatch(/no distribution .* focal.*ros:humble/s);
    const machine = await machineWith(MACHINES['AGX Xavier, JetPack 5.1.2']);
    expect(() => planSetup(targetOf(machine), { ros: 'humble' })).toThrow(
      /humble has no packages for Ubuntu focal/,
    );
  });

  it('compiles the addon where TensorRT is 8, with the headers that JetPack has', async () => {
    const xavier = await planFor('AGX Xavier, JetPack 5.1.2', { powerMode: 'keep' });
    expect(open(xavier)).toEqual(['update', 'build-tools', 'addon']);
    expect(commands(xavier, 'build-tools')).toEqual([
      'sudo apt-get install -y cmake g++ make libnvinfer-dev libnvonnxparsers-dev',
    ]);
    expect(commands(xavier, 'addon')).toEqual(['npx jetson-vla build-native']);
    const built = await machineWith(
      combine(MACHINES['AGX Xavier, JetPack 5.1.2'], {
        files: { 'usr/bin/cmake': '', 'usr/bin/c++': '', 'usr/bin/make': '', 'addon/jetson_vla_trt8.so': '' },
      }),
    );
    expect(open(planSetup(targetOf(built), { powerMode: 'keep' }))).toEqual([]);
    const orin = await planFor('Orin Nano, JetPack 6.2', { buildTools: true });
    expect(commands(orin, 'build-tools')?.[0]).toContain('libnvinfer-headers-dev');
    expect(commands(orin, 'addon')).toBeUndefined();
  });

  it('takes the libraries of JetPack for enough when asked for no more', async () => {
    const machine = await machineWith(
      combine(MACHINES['Orin Nano, JetPack 6.2'], dpkg({ 'nvidia-jetpack-runtime': '6.2+b77' })),
    );
    expect(open(planSetup(targetOf(machine), { runtimeOnly: true, ros: 'none', powerMode: 'keep' }))).toEqual(
      [],
    );
    expect(open(planSetup(targetOf(machine), { ros: 'none', powerMode: 'keep' }))).toEqual([
      'update',
      'jetpack',
    ]);
  });

  it('knows a source of ROS packages by either way of adding it', async () => {
    const source = async (files: Record<string, string>) =>
      planSetup(
        targetOf(await machineWith(combine(MACHINES['AGX Orin, JetPack 6.0'], { files }))),
      ).steps.find(({ id }) => id === 'ros-source')?.done;
    const name = 'etc/apt/sources.list.d/ros2.list';
    expect(
      await source({ [name]: 'deb [arch=arm64] http://packages.ros.org/ros2/ubuntu jammy main\n' }),
    ).toBe(true);
    expect(await source({ [name]: '# deb http://packages.ros.org/ros2/ubuntu jammy main\n' })).toBe(false);
    expect(await source(dpkg({ 'ros2-apt-source': '1.1.0~jammy' }).files)).toBe(true);
  });

  it('installs Node only where it is too old', async () => {
    expect(open(await planFor('AGX Thor, JetPack 7.2', { ros: 'none' }, { node: '18.20.1' }))).toEqual([
      'update',
      'node',
    ]);
  });

  it('puts a user into the groups of the GPU that are there', async () => {
    const plan = await planFor('AGX Thor, JetPack 7.2', { ros: 'none' }, { user: 'arm' });
    expect(commands(plan, 'groups')).toEqual(['sudo usermod -aG video,render arm']);
    for (const user of ['root', undefined])
      expect(open(await planFor('AGX Thor, JetPack 7.2', { ros: 'none' }, { user }))).toEqual([]);
  });

  it('sets the power mode that was asked for, keeps it, or holds the clocks', async () => {
    expect(commands(await planFor('AGX Thor, JetPack 7.2', { powerMode: 3 }), 'power-mode')).toEqual([
      'sudo nvpmodel -m 3',
    ]);
    expect(
      commands(await planFor('AGX Thor, JetPack 7.2', { powerMode: 'keep' }), 'power-mode'),
    ).toBeUndefined();
    expect(open(await planFor('AGX Thor, JetPack 7.2', { ros: 'none', clocks: true }))).toEqual(['clocks']);
  });

  it('prints for every JetPack what a shell can read, nothing of it done', () => {
    const plans = JETPACK_NAMES.map((name) => planSetup(anywhere(name), { clocks: true, buildTools: true }));
    for (const plan of plans) expect(open(plan)).toHaveLength(plan.steps.length);
    const text = plans.flatMap((plan) => setupPlanLines(plan, false)).join('');
    expect(text).not.toMatch(/undefined|done \(/);
    expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('writes commands that are the same words again once a shell has read them', () => {
    const words = ['echo', '', "it's", 'a b', '$HOME', '"*"', '~', 'a\nb', '-o=1,2:3/4.5'];
    const [program = '', ...rest] = words;
    const text = shellText({ argv: [program, ...rest], root: true }, true);
    const { stdout } = spawnSync('bash', ['-c', `set -- ${text}; printf '%s\\0' "$@"`], { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
});

describe('jetPackOf', () => {
  it.each([
    ['laptop with Ubuntu 24.04', /not a Jetson/],
    ['container on an Orin', /this is a container/],
    ['Jetson Nano, JetPack 4.6', /JetPack 4 or older has TensorRT 8\.2/],
  ] as const)('refuses a %s', async (name, message) => {
    const machine = await machineWith(MACHINES[name]);
    expect(() => jetPackOf(machine)).toThrow(message);
  });

  it('refuses a Jetson that does not say its release', async () => {
    const machine = await machineWith(MACHINES['AGX Thor, JetPack 7.2']);
    await rm(join(machine.root, 'etc/nv_tegra_release'));
    expect(() => jetPackOf(machine)).toThrow(/does not say which JetPack/);
    expect(() => jetPackByName('jetpack-4')).toThrow(/expected jetpack-5, .*got jetpack-4/);
  });
});
