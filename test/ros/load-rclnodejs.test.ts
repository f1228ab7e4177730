import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  checkRclnodejs,
  checkRosEnvironment,
  findRclnodejs,
  loadRclnodejs,
} from '../../lib/ros/load-rclnodejs.js';
import { ROOT } from '../examples/run-script.js';
import { errorOf, rejectionOf } from '../policy/error-of.js';
import { type FakeInstallation, fakeInstallation } from './fake-installation.js';
import { onRealRos } from './rcl-under-test.js';

// NODE_PATH leads to the real one there, from everywhere.
const itWithoutRos = it.skipIf(onRealRos);

const load = ({ env, host, project }: FakeInstallation) => loadRclnodejs({ env, host, from: project });
const find = ({ env, host, project }: FakeInstallation) => findRclnodejs({ env, host, from: project });

/** What loading is refused with; that nothing of rclnodejs ran is checked. */
async function refusal(installation: FakeInstallation) {
  const error = await rejectionOf(load(installation));
  expect(error.code).toBe('ROS_UNAVAILABLE');
  expect(installation.wasLoaded()).toBe(false);
  return error;
}

describe('a complete installation', () => {
  it('is loaded as a module of the project would import it', async () => {
    const installation = fakeInstallation();
    const rcl = await load(installation);
    const imported = await import(pathToFileURL(path.join(installation.root, 'dist/index.js')).href);
    expect(rcl).toBe(imported.default);
    expect(installation.wasLoaded()).toBe(true);
  });

  it('is found without loading anything of it', () => {
    const installation = fakeInstallation();
    expect(find(installation)).toBe(path.join(installation.root, 'dist/index.js'));
    expect(installation.wasLoaded()).toBe(false);
  });

  it('may have the prebuilt addon for exactly this distribution, system and processor', () => {
    const installation = fakeInstallation();
    const { root, addon, env, host, project } = installation;
    const prebuilt = path.join(root, 'prebuilds/linux-arm64/jazzy-noble-arm64-node-rclnodejs.node');
    installation.write(prebuilt, '');
    installation.remove(addon);
    expect(checkRclnodejs({ env, host, from: project }).addon).toBe(prebuilt);
  });

  it('loses its handler of Ctrl-C, which would leave no node to brake with', async () => {
    const installation = fakeInstallation();
    installation.write(
      path.join(installation.root, 'dist/index.js'),
      `const handler = () => {};
       process.on('SIGINT', handler);
       export default { init() {}, Node: class {}, Context: class {},
         removeSignalHandlers() { process.removeListener('SIGINT', handler); } };`,
    );
    const before = process.listenerCount('SIGINT');
    await load(installation);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('an environment that cannot have ROS', () => {
  it('is another platform', async () => {
    const installation = fakeInstallation();
    const host = { ...installation.host, platform: 'darwin' } as const;
    const error = await refusal({ ...installation, host });
    expect(error.message).toContain('this is darwin');
  });

  it('is a worker thread', async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { tsImport } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
      const { checkRosEnvironment } = await tsImport('./lib/ros/load-rclnodejs.ts', ${JSON.stringify(pathToFileURL(ROOT).href)});
      try { checkRosEnvironment({}); } catch (error) { parentPort.postMessage(String(error)); }`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const message = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    await worker.terminate();
    expect(message).toMatch(/ROS_UNAVAILABLE.*worker_thread.*child process/s);
  });
});

describe('an environment that is not sourced', () => {
  const unsourced = (installation: FakeInstallation) => ({ ...installation, env: {} });

  it('is answered with the setup script of the distribution that is installed', async () => {
    const installation = fakeInstallation();
    const error = await refusal(unsourced(installation));
    expect(error.message).toContain('ROS_DISTRO and AMENT_PREFIX_PATH are not set');
    expect(error.hint).toBe(`source ${installation.prefix}/setup.bash`);
  });

  it('is answered with the distribution that belongs to the system when there are several', async () => {
    const installation = fakeInstallation();
    const { distroRoot, osReleaseFile } = installation.host;
    installation.write(path.join(distroRoot, 'humble/setup.bash'), '');
    installation.write(path.join(distroRoot, 'rolling/setup.bash'), '');
    installation.write(osReleaseFile, 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_CODENAME=jammy\n');
    expect((await refusal(unsourced(installation))).hint).toBe(`source ${distroRoot}/humble/setup.bash`);
  });

  it('is answered for the shell of the user', async () => {
    const installation = { ...fakeInstallation(), env: { SHELL: '/usr/bin/zsh' } };
    expect((await refusal(installation)).hint).toBe(`source ${installation.prefix}/setup.zsh`);
  });

  it.each([
    ['jammy', 'humble'],
    ['noble', 'jazzy'],
  ])('is answered with what to install on Ubuntu %s', async (codename, distro) => {
    const installation = fakeInstallation();
    installation.remove(installation.host.distroRoot);
    installation.write(installation.host.osReleaseFile, `VERSION_CODENAME=${codename}\n`);
    expect((await refusal(unsourced(installation))).hint).toMatch(
      new RegExp(`apt-get install ros-${distro}-ros-base.*source .*/${distro}/setup\\.bash`),
    );
  });

  it('is answered with the systems that have ROS on one that has not', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.host.distroRoot);
    installation.write(
      installation.host.osReleaseFile,
      'PRETTY_NAME="Debian 12"\nVERSION_CODENAME=bookworm\n',
    );
    expect((await refusal(unsourced(installation))).hint).toMatch(/no packages for Debian 12.*22\.04/);
  });

  itWithoutRos('and without the package gives one error with both commands', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.root);
    const error = await refusal(unsourced(installation));
    expect(error.hint?.split(/\n\s*/)).toEqual([
      `source ${installation.prefix}/setup.bash`,
      'npm install rclnodejs',
    ]);
  });
});

describe('an environment that is broken', () => {
  it('names prefixes that are gone', async () => {
    const installation = fakeInstallation();
    const env = { ...installation.env, AMENT_PREFIX_PATH: `/nowhere:${installation.prefix}` };
    const error = await refusal({ ...installation, env });
    expect(error.message).toContain('AMENT_PREFIX_PATH names /nowhere, which is not there');
  });

  it('has no librcl.so', async () => {
    const installation = fakeInstallation();
    installation.remove(path.join(installation.prefix, 'lib/librcl.so'));
    expect((await refusal(installation)).message).toContain('librcl.so');
  });

  it('has librcl.so in LD_LIBRARY_PATH only, and that is enough', () => {
    const installation = fakeInstallation();
    installation.remove(path.join(installation.prefix, 'lib/librcl.so'));
    const elsewhere = path.join(installation.project, 'lib');
    installation.write(path.join(elsewhere, 'librcl.so'), '');
    checkRosEnvironment({ ...installation.env, LD_LIBRARY_PATH: `/nowhere:${elsewhere}` }, installation.host);
  });

  it('asks for a middleware that is not installed', async () => {
    const installation = fakeInstallation();
    const env = { ...installation.env, RMW_IMPLEMENTATION: 'rmw_cyclonedds_cpp' };
    const error = await refusal({ ...installation, env });
    expect(error.hint).toBe('sudo apt-get install ros-jazzy-rmw-cyclonedds-cpp');
    installation.write(path.join(installation.prefix, 'lib/librmw_cyclonedds_cpp.so'), '');
    checkRosEnvironment(env, installation.host);
  });
});

describe('a package that must not be loaded', () => {
  const home = process.cwd();
  afterEach(() => process.chdir(home));

  itWithoutRos('is none', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.root);
    expect((await refusal(installation)).hint).toBe('npm install rclnodejs');
  });

  it.each(['0.27.0', '1.9.2', '2.1.9', '3.0.0'])('has the version %s', async (version) => {
    const installation = fakeInstallation();
    const file = path.join(installation.root, 'package.json');
    installation.write(file, JSON.stringify({ name: 'rclnodejs', version }));
    const error = await refusal(installation);
    expect(error.message).toContain(`rclnodejs ${version}`);
    expect(error.hint).toBe('npm install rclnodejs@^2.2');
  });

  it('has no addon, so that it would compile one', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.addon);
    const other = 'prebuilds/linux-arm64/humble-jammy-arm64-node-rclnodejs.node';
    installation.write(path.join(installation.root, other), '');
    const error = await refusal(installation);
    expect(error.message).toMatch(/no addon for ROS 2 jazzy on Ubuntu 24\.04 LTS \(arm64\)/);
    expect(error.hint).toBe(`npm_config_yes=true npm rebuild rclnodejs --prefix ${installation.project}`);
  });

  it('lies in the working directory, where npm needs no path to it', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.addon);
    process.chdir(installation.project);
    expect((await refusal(installation)).hint).toBe('npm_config_yes=true npm rebuild rclnodejs');
  });

  it('is told to compile itself at each start', async () => {
    const installation = fakeInstallation();
    const env = { ...installation.env, RCLNODEJS_FORCE_BUILD: '1' };
    expect((await refusal({ ...installation, env })).hint).toBe('unset RCLNODEJS_FORCE_BUILD');
  });

  it('has an addon that does not load, which it would replace', async () => {
    const installation = fakeInstallation();
    installation.remove(installation.addon);
    installation.write(installation.addon, 'not an addon');
    const error = await refusal(installation);
    expect(error.message).toMatch(/rclnodejs\.node does not load: not an ELF file/);
    expect(error.hint).toContain('npm rebuild rclnodejs');
  });

  it('has no JavaScript for an interface that ROS has', async () => {
    const installation = fakeInstallation();
    installation.remove(path.join(installation.root, 'generated/control_msgs'));
    const error = await refusal(installation);
    expect(error.message).toContain('control_msgs/action/FollowJointTrajectory');
    expect(error.hint).toBe(`npx --prefix ${installation.project} generate-ros-messages`);
  });

  it('has no JavaScript for an interface that is to be installed first', async () => {
    const installation = fakeInstallation();
    installation.remove(
      path.join(installation.root, 'generated/control_msgs'),
      path.join(installation.prefix, 'share/control_msgs'),
    );
    expect((await refusal(installation)).hint?.split(/\n\s*/)).toEqual([
      'sudo apt-get install ros-jazzy-control-msgs',
      `npx --prefix ${installation.project} generate-ros-messages`,
    ]);
  });

  it('knows neither of the gripper actions; one is enough', async () => {
    const installation = fakeInstallation();
    const actions = path.join(installation.root, 'generated/control_msgs');
    installation.remove(path.join(actions, 'control_msgs__action__GripperCommand.js'));
    expect((await refusal(installation)).message).toContain(
      'GripperCommand or control_msgs/action/ParallelG',
    );
    installation.write(path.join(actions, 'control_msgs__action__ParallelGripperCommand.js'), '');
    find(installation);
  });
});

describe('a package that does not load all the same', () => {
  it('is reported with what it threw', async () => {
    const installation = fakeInstallation();
    installation.write(path.join(installation.root, 'dist/index.js'), "throw new Error('no bindings')");
    const error = await rejectionOf(load(installation));
    expect(error).toMatchObject({ code: 'ROS_UNAVAILABLE', message: expect.stringContaining('no bindings') });
  });

  it('is reported when it is something else', async () => {
    const installation = fakeInstallation();
    installation.write(path.join(installation.root, 'dist/index.js'), 'export default {}');
    const error = await rejectionOf(load(installation));
    expect(error).toMatchObject({
      code: 'ROS_UNAVAILABLE',
      message: expect.stringContaining('is not rclnodejs'),
    });
  });

  itWithoutRos('is looked for beside this package too, when the project has none', () => {
    const installation = fakeInstallation();
    const elsewhere = path.join(installation.project, '../elsewhere');
    mkdirSync(elsewhere);
    const error = errorOf(() => find({ ...installation, project: elsewhere }));
    expect(error.message).toContain(`not installed for ${elsewhere}`);
  });
});
