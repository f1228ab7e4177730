import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { parseRosArguments } from './ros-arguments.js';
import { rosHelp } from './ros-help.js';
import { parseCommandLine, usageError } from './usage.js';

export const rosCommand: Command = {
  summary: 'Run the ROS 2 node, check its surroundings, or install its ROS package.',
  help: rosHelp,
  async run([action, ...rest]) {
    if (action === 'doctor') return await doctor(rest);
    if (action === 'install') return await install(rest);
    if (action !== undefined && !action.startsWith('-'))
      throw usageError('ros', `expected doctor, install or an option, got ${action}`);
    return await runNode(action === undefined ? [] : [action, ...rest]);
  },
};

/** A node that was told to end and has braked ended well: `ros2 launch` takes any other status for a crash. */
async function runNode(args: readonly string[]): Promise<number> {
  const { parameters, rosArgs } = parseRosArguments(args);
  const { findRclnodejs, loadRclnodejs } = await import('../ros/load-rclnodejs.js');
  const { runVLANode } = await import('../ros/node/run-vla-node.js');
  const rcl = await loadRclnodejs();
  const rclnodejs = findRclnodejs();
  await interruptible(
    (signal) => runVLANode({ rcl, rclnodejs, parameters, args: rosArgs, signal }),
    () => process.stderr.write('Stopping …\n'),
  );
  return 0;
}

async function doctor(args: readonly string[]): Promise<number> {
  const { parameters, flags, rosArgs } = parseRosArguments(args, ['json']);
  const { examineRos } = await import('../ros/doctor/examine-ros.js');
  const { findingLines } = await import('./finding-lines.js');
  const findings = await examineRos({ parameters, args: rosArgs });
  process.stdout.write(
    flags.has('json') ? `${JSON.stringify(findings, null, 2)}\n` : findingLines(findings).join(''),
  );
  return findings.some(({ level }) => level === 'fail') ? 1 : 0;
}

async function install(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine('ros', args, {
    prefix: { type: 'string' },
    workspace: { type: 'string' },
  });
  const [unexpected] = positionals;
  if (unexpected !== undefined) throw usageError('ros', `install: expected options only, got ${unexpected}`);
  const { prefix, workspace } = values;
  const { installRosPackage } = await import('../ros/install-package.js');
  const { kind, directory, commands } = await installRosPackage({
    ...(prefix !== undefined && { prefix }),
    ...(workspace !== undefined && { workspace }),
  });
  const next = commands.map((command) => `  ${command}\n`).join('');
  process.stdout.write(
    `Installed the ROS package jetson_vla (${kind}) in ${directory}\n${next}  ros2 run jetson_vla vla_node\n`,
  );
  return 0;
}
