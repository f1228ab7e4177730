import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { VLAError } from '../errors.js';
import { packageRoot } from '../native/package-root.js';
import { checkReplaceable, markInstalled } from './installed-files.js';

export interface InstallRosPackageOptions {
  /**
   * Directory to write an ament prefix to, which needs no colcon. All of it is ours. Default: `jetson-vla/ros` in
   * XDG_DATA_HOME or ~/.local/share.
   */
  readonly prefix?: string;
  /** A colcon workspace, in place of a prefix: the package's source is copied to `src/jetson_vla` in it. */
  readonly workspace?: string;
}

export interface InstalledRosPackage {
  readonly kind: 'prefix' | 'workspace';
  /** The absolute directory that was written: the prefix, or the package in the workspace's src. */
  readonly directory: string;
  /** Shell commands that make `ros2 run jetson_vla vla_node` work, in this order. */
  readonly commands: readonly string[];
}

/** As source: what colcon builds. It lies in the npm package too, beside dist/. */
export const rosPackageSource: string = path.join(packageRoot, 'lib/ros/package/jetson_vla');

/**
 * Installs the ROS package `jetson_vla`, in place of one that was installed so before. Its program starts this
 * installation of the npm package with this Node.
 *
 * What was there stays until all is written beside it.
 *
 * @throws VLAError INVALID_ARGUMENT for two places, for a workspace that is not there, for a directory that holds
 *   other files or changed ones, or that cannot be written
 */
export async function installRosPackage(
  options: InstallRosPackageOptions = {},
): Promise<InstalledRosPackage> {
  const { prefix, workspace } = options;
  for (const [name, value] of Object.entries({ prefix, workspace }))
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new VLAError('INVALID_ARGUMENT', `${name} must be the path of a directory, got ${String(value)}`);
  if (prefix !== undefined && workspace !== undefined)
    throw new VLAError('INVALID_ARGUMENT', 'expected prefix or workspace, got both', {
      hint: 'A workspace is built with colcon; a prefix is ready to be sourced.',
    });
  try {
    return workspace === undefined
      ? await installPrefix(path.resolve(prefix ?? defaultPrefix()))
      : await installSource(path.resolve(workspace));
  } catch (cause) {
    if (cause instanceof VLAError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('INVALID_ARGUMENT', `the ROS package cannot be installed: ${message}`, {
      hint: 'Choose a directory that you may write to with --prefix or --workspace.',
      cause,
    });
  }
}

async function installPrefix(prefix: string): Promise<InstalledRosPackage> {
  // The separator of AMENT_PREFIX_PATH.
  if (prefix.includes(':'))
    throw new VLAError('INVALID_ARGUMENT', `a prefix must have no ":" in its path, got ${prefix}`);
  await replaceDirectory(prefix, async (directory) => {
    const share = path.join(directory, 'share/jetson_vla');
    const index = path.join(directory, 'share/ament_index/resource_index/packages');
    const programs = path.join(directory, 'lib/jetson_vla');
    for (const folder of [share, index, programs]) await mkdir(folder, { recursive: true });
    for (const part of ['package.xml', 'launch', 'config'])
      await copy(path.join(rosPackageSource, part), path.join(share, part));
    await writeFile(path.join(index, 'jetson_vla'), '');
    await copyProgram(path.join(programs, 'vla_node'));
    await writeFile(path.join(directory, 'setup.bash'), setupScript(prefix));
  });
  return {
    kind: 'prefix',
    directory: prefix,
    commands: [`source ${quoted(path.join(prefix, 'setup.bash'))}`],
  };
}

async function installSource(workspace: string): Promise<InstalledRosPackage> {
  if (!(await isDirectory(workspace)))
    throw new VLAError('INVALID_ARGUMENT', `the workspace ${workspace} is not a directory`, {
      hint: `mkdir -p ${quoted(path.join(workspace, 'src'))}`,
    });
  const directory = path.join(workspace, 'src/jetson_vla');
  await replaceDirectory(directory, async (target) => {
    await copy(rosPackageSource, target);
    await copyProgram(path.join(target, 'scripts/vla_node'));
  });
  const build = `cd ${quoted(workspace)} && colcon build --packages-select jetson_vla`;
  return { kind: 'workspace', directory, commands: [build, 'source install/setup.bash'] };
}

/** Writes the directory beside its place and moves it there; one that was installed before makes way for it. */
async function replaceDirectory(directory: string, write: (directory: string) => Promise<void>) {
  await checkReplaceable(directory);
  // colcon passes over names with a dot, should a killed installation leave it behind.
  const beside = path.join(path.dirname(directory), `.${path.basename(directory)}.${randomUUID()}`);
  const before = `${beside}.before`;
  try {
    await mkdir(beside, { recursive: true });
    await write(beside);
    await markInstalled(beside);
    const replaces = await isDirectory(directory);
    if (replaces) await rename(directory, before);
    try {
      await rename(beside, directory);
    } catch (error) {
      if (replaces) await rename(before, directory);
      throw error;
    }
  } finally {
    for (const left of [beside, before]) await rm(left, { recursive: true, force: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (source) => path.basename(source) !== '__pycache__' });
}

/** With the places of this npm package and of this Node in it. */
async function copyProgram(file: string): Promise<void> {
  const text = await readFile(path.join(rosPackageSource, 'scripts/vla_node'), 'utf8');
  const places = { installed_home: path.resolve(packageRoot), installed_node: process.execPath };
  const filled = Object.entries(places).reduce(
    (script, [name, value]) => script.replace(`\n${name}=\n`, () => `\n${name}=${quoted(value)}\n`),
    text,
  );
  await writeFile(file, filled);
  await chmod(file, 0o755);
}

function setupScript(prefix: string): string {
  return `# Puts the ROS package jetson_vla into the environment: source it, in bash, zsh or sh.
case ":\${AMENT_PREFIX_PATH-}:" in
  *:${quoted(prefix)}:*) ;;
  *) export AMENT_PREFIX_PATH=${quoted(prefix)}"\${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}" ;;
esac
`;
}

function defaultPrefix(): string {
  const data = process.env['XDG_DATA_HOME'];
  // The specification has relative ones ignored.
  const base = data !== undefined && path.isAbsolute(data) ? data : path.join(homedir(), '.local/share');
  return path.join(base, 'jetson-vla/ros');
}

async function isDirectory(directory: string): Promise<boolean> {
  const found = await stat(directory).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
