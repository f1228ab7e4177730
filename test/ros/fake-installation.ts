import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { RosHost } from '../../lib/ros/ros-environment.js';

/** A ROS 2 and an rclnodejs on disk, complete in what the loader looks at. Gone after the test. */
export interface FakeInstallation {
  readonly env: NodeJS.ProcessEnv;
  readonly host: RosHost;
  /** The prefix of the distribution jazzy. */
  readonly prefix: string;
  /** A directory with rclnodejs in its node_modules. */
  readonly project: string;
  /** Of rclnodejs. */
  readonly root: string;
  readonly addon: string;
  /** Whether rclnodejs was loaded, which is when the real one would rebuild itself. */
  wasLoaded(): boolean;
  write(file: string, text: string): void;
  remove(...files: readonly string[]): void;
}

const INTERFACES = [
  'action_msgs/srv/CancelGoal',
  'control_msgs/action/FollowJointTrajectory',
  'control_msgs/action/GripperCommand',
  'diagnostic_msgs/msg/DiagnosticArray',
  'diagnostic_msgs/msg/DiagnosticStatus',
  'lifecycle_msgs/msg/TransitionEvent',
  'lifecycle_msgs/srv/ChangeState',
  'lifecycle_msgs/srv/GetAvailableStates',
  'lifecycle_msgs/srv/GetAvailableTransitions',
  'lifecycle_msgs/srv/GetState',
  'sensor_msgs/msg/CompressedImage',
  'sensor_msgs/msg/Image',
  'sensor_msgs/msg/JointState',
  'std_msgs/msg/Float32MultiArray',
  'std_msgs/msg/String',
  'std_srvs/srv/Trigger',
  'trajectory_msgs/msg/JointTrajectory',
];

/** @param module what stands behind rclnodejs, in place of an object with an empty `init`, `Node` and `Context` */
export function fakeInstallation(module?: string): FakeInstallation {
  const top = mkdtempSync(path.join(tmpdir(), 'jetson-vla-ros-'));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const distroRoot = path.join(top, 'opt/ros');
  const prefix = path.join(distroRoot, 'jazzy');
  const project = path.join(top, 'project');
  const root = path.join(project, 'node_modules/rclnodejs');
  const addon = path.join(root, 'build/Release/rclnodejs.node');
  const loaded = path.join(top, 'loaded');
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write(path.join(top, 'os-release'), 'PRETTY_NAME="Ubuntu 24.04 LTS"\nVERSION_CODENAME=noble\n');
  write(path.join(prefix, 'setup.bash'), '');
  write(path.join(prefix, 'lib/librcl.so'), '');
  for (const name of INTERFACES) {
    const [rosPackage = ''] = name.split('/');
    write(path.join(prefix, 'share', rosPackage, 'package.xml'), '');
    write(path.join(root, 'generated', rosPackage, `${name.replaceAll('/', '__')}.js`), '');
  }
  write(path.join(root, 'package.json'), JSON.stringify(PACKAGE_JSON));
  // A folder is a module to require(), too, and needs no compiler.
  write(path.join(addon, 'index.js'), '');
  const trap = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(loaded)}, '');\n`;
  write(
    path.join(root, 'dist/index.js'),
    module === undefined
      ? `${trap}export default { init() {}, Node: class {}, Context: class {} };\n`
      : `${trap}export { default } from ${JSON.stringify(pathToFileURL(module).href)};\n`,
  );
  write(
    path.join(root, 'dist/index.cjs'),
    `require('node:fs').writeFileSync(${JSON.stringify(loaded)}, '');\n`,
  );
  return {
    env: { ROS_DISTRO: 'jazzy', AMENT_PREFIX_PATH: prefix, LD_LIBRARY_PATH: path.join(prefix, 'lib') },
    host: {
      platform: 'linux',
      arch: 'arm64',
      osReleaseFile: path.join(top, 'os-release'),
      distroRoot,
      isMainThread: true,
    },
    prefix,
    project,
    root,
    addon,
    wasLoaded: () => existsSync(loaded),
    write,
    remove: (...files) => {
      for (const file of files) rmSync(file, { recursive: true });
    },
  };
}

const PACKAGE_JSON = {
  name: 'rclnodejs',
  version: '2.2.0',
  type: 'module',
  main: './dist/index.cjs',
  exports: {
    '.': { import: './dist/index.js', require: './dist/index.cjs' },
    './package.json': './package.json',
  },
};
