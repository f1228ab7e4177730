import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { ActionType, ServiceType, TopicType } from './messages.js';
import { amentPrefixes, type RosHost, type RosProblem, readOsRelease } from './ros-environment.js';

/** An installed rclnodejs, as its files show it. */
export interface RclnodejsPackage {
  /** Directory of its package.json, symbolic links resolved. */
  readonly root: string;
  readonly version: string;
  /** The module that `import 'rclnodejs'` loads. */
  readonly entry: string;
}

type Interface = TopicType | ServiceType | ActionType;
type GripperAction = 'control_msgs/action/GripperCommand' | 'control_msgs/action/ParallelGripperCommand';

/** A record, so that the compiler misses none. */
const REQUIRED: Readonly<Record<Exclude<Interface, GripperAction>, true>> = {
  'sensor_msgs/msg/Image': true,
  'sensor_msgs/msg/CompressedImage': true,
  'sensor_msgs/msg/JointState': true,
  'std_msgs/msg/String': true,
  'std_msgs/msg/Float32MultiArray': true,
  'trajectory_msgs/msg/JointTrajectory': true,
  'diagnostic_msgs/msg/DiagnosticStatus': true,
  'diagnostic_msgs/msg/DiagnosticArray': true,
  'lifecycle_msgs/msg/TransitionEvent': true,
  'std_srvs/srv/Trigger': true,
  'action_msgs/srv/CancelGoal': true,
  'lifecycle_msgs/srv/GetState': true,
  'lifecycle_msgs/srv/ChangeState': true,
  'lifecycle_msgs/srv/GetAvailableStates': true,
  'lifecycle_msgs/srv/GetAvailableTransitions': true,
  'control_msgs/action/FollowJointTrajectory': true,
};
/** Humble has the first only, and distributions after Jazzy may drop it. */
const GRIPPERS: readonly GripperAction[] = [
  'control_msgs/action/GripperCommand',
  'control_msgs/action/ParallelGripperCommand',
];

const OLDEST = [2, 2] as const;

const packageJson = z.object({
  version: z.string(),
  main: z.string().optional(),
  exports: z.union([z.string(), z.object({ '.': z.unknown() })]).optional(),
});
const conditions = z.object({ import: z.string().optional(), default: z.string().optional() });

/**
 * The rclnodejs of the project that is being worked in, or else the one beside this package; NODE_PATH counts too.
 *
 * @param from a directory
 */
export function locateRclnodejs(from: string): RclnodejsPackage | undefined {
  for (const place of [path.join(path.resolve(from), 'package.json'), import.meta.url]) {
    const file = resolveFrom(place);
    if (file !== undefined) return describe(file);
  }
  return undefined;
}

function resolveFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve('rclnodejs/package.json');
  } catch {
    return undefined;
  }
}

function describe(file: string): RclnodejsPackage {
  const root = path.dirname(file);
  const { version, main, exports } = packageJson.parse(JSON.parse(readFileSync(file, 'utf8')));
  const exported = typeof exports === 'string' ? exports : exports?.['.'];
  const target = typeof exported === 'string' ? exported : conditions.safeParse(exported).data;
  const entry = typeof target === 'string' ? target : (target?.import ?? target?.default);
  return { root, version, entry: path.join(root, entry ?? main ?? 'index.js') };
}

/**
 * The addon that rclnodejs will load: the prebuilt one for exactly this distribution, system and processor, or else one
 * that was compiled here. Without either, loading rclnodejs compiles it.
 */
export function findAddon(root: string, env: NodeJS.ProcessEnv, host: RosHost): string | undefined {
  const tag = `${env['ROS_DISTRO']}-${readOsRelease(host).codename}-${host.arch}-node-rclnodejs.node`;
  const files = [
    path.join(root, 'prebuilds', `${host.platform}-${host.arch}`, tag),
    path.join(root, 'build', 'Release', 'rclnodejs.node'),
  ];
  return files.find((file) => existsSync(file));
}

/**
 * What keeps a located rclnodejs from being loaded. Reads files only.
 *
 * @param addon as {@link findAddon} found it
 */
export function packageProblems(
  { root, version }: RclnodejsPackage,
  addon: string | undefined,
  env: NodeJS.ProcessEnv,
  host: RosHost,
): RosProblem[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== OLDEST[0] || minor < OLDEST[1])
    return [
      {
        message: `rclnodejs ${version} in ${root} is not one of ${OLDEST.join('.')} … ${OLDEST[0]}.x`,
        remedy: `npm install rclnodejs@^${OLDEST.join('.')}`,
      },
    ];
  if (env['RCLNODEJS_FORCE_BUILD'] === '1')
    return [
      {
        message: 'RCLNODEJS_FORCE_BUILD is 1: rclnodejs would compile itself at each start',
        remedy: 'unset RCLNODEJS_FORCE_BUILD',
      },
    ];
  if (addon === undefined)
    return [
      {
        message:
          `rclnodejs in ${root} has no addon for ROS 2 ${env['ROS_DISTRO']} on ${readOsRelease(host).name} ` +
          `(${host.arch}), and would compile one when it is loaded`,
        remedy: rebuildCommand(root),
      },
    ];
  return interfaceProblems(root, env);
}

export function rebuildCommand(root: string): string {
  return `npm_config_yes=true npm rebuild rclnodejs${prefixOption(root)}`;
}

function interfaceProblems(root: string, env: NodeJS.ProcessEnv): RosProblem[] {
  const isMissing = (name: string) => !isGenerated(root, name);
  const missing = Object.keys(REQUIRED).filter(isMissing);
  if (GRIPPERS.every(isMissing)) missing.push(GRIPPERS.join(' or '));
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((name) => name.split('/')[0] ?? name))];
  const prefixes = amentPrefixes(env);
  const absent = packages.filter((name) => !prefixes.some((prefix) => existsSync(`${prefix}/share/${name}`)));
  const problems: RosProblem[] = [
    {
      message: `rclnodejs has no JavaScript for ${missing.join(', ')}`,
      remedy: `npx${prefixOption(root)} generate-ros-messages`,
    },
  ];
  if (absent.length > 0)
    problems.unshift({
      message: `ROS 2 ${env['ROS_DISTRO']} has no ${absent.join(', ')}`,
      remedy: `sudo apt-get install ${absent.map((name) => debianPackage(env['ROS_DISTRO'], name)).join(' ')}`,
    });
  return problems;
}

/** Whether rclnodejs has JavaScript for an interface such as `std_msgs/msg/String`. */
export function isGenerated(root: string, name: string): boolean {
  const [rosPackage = '', ...rest] = name.split('/');
  return existsSync(path.join(root, 'generated', rosPackage, `${[rosPackage, ...rest].join('__')}.js`));
}

function debianPackage(distro: string | undefined, rosPackage: string): string {
  return `ros-${distro}-${rosPackage.replaceAll('_', '-')}`;
}

/** npm works in the project of the current directory; another one has to be named. */
function prefixOption(root: string): string {
  const project = path.dirname(path.dirname(root));
  return project === process.cwd() ? '' : ` --prefix ${project}`;
}
