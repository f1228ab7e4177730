import path from 'node:path';
import { JETPACK_NAMES } from '../engine/jetpack.js';
import type { WantedPowerMode } from '../toolchain/setup/board-steps.js';
import { ROS_CHOICES } from '../toolchain/setup/plan-setup.js';
import type { SetupTarget } from '../toolchain/setup/setup-target.js';
import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { oneOf, parseCommandLine, usageError, wholeNumber } from './usage.js';

const NAME = 'setup-jetson';

export const setupJetsonCommand: Command = {
  summary: 'Print, and with --apply run, what this Jetson needs: JetPack, TensorRT, ROS 2, power mode.',
  help: `Usage: jetson-vla setup-jetson [--apply [--yes]] [options]

Prints the exact commands that make this Jetson ready, for its JetPack, with those marked that are done. The output can
be pasted into a shell, whole or in part. Nothing is run without --apply, which asks before each step; run again, it
leaves out what is done.

Examples:
  jetson-vla setup-jetson                        # what is left to do on this Jetson
  jetson-vla setup-jetson --apply                # do it, step by step
  jetson-vla setup-jetson --apply --yes --ros none --runtime-only
  jetson-vla setup-jetson --for jetpack-6        # what another Jetson needs

Options:
  --apply            run the commands, asking before each step; sudo asks for the password
  --yes              with --apply: agree to every step
  --ros DISTRO       ${ROS_CHOICES.join(', ')}; default: auto, which is what the system has packages for
  --power-mode MODE  fastest, keep, or the id of one in /etc/nvpmodel.conf; default: fastest
  --clocks           also hold the clocks at their maximum (jetson_clocks), until the next restart
  --runtime-only     the libraries of JetPack without its tools for developers
  --build-tools      also what build-native needs, where the prebuilt addon would do
  --for JETPACK      print what another Jetson needs:
                     ${JETPACK_NAMES.slice(0, 6).join(', ')},
                     ${JETPACK_NAMES.slice(6).join(', ')}
  --json             print the plan, or with --apply the steps that were run, as JSON
  -h, --help         this text

Exit status: 0 done or printed, 1 not a Jetson, or a command failed, 2 wrong usage, 130 interrupted.
`,
  async run(args) {
    const { apply, yes, json, another, options } = parse(args);
    const { thisMachine } = await import('../engine/machine.js');
    const { packageRoot } = await import('../native/package-root.js');
    const { planSetup } = await import('../toolchain/setup/plan-setup.js');
    const { jetPackByName, jetPackOf, ubuntuOf } = await import('../toolchain/setup/setup-target.js');
    const { setupPlanJson, setupPlanLines } = await import('./setup-plan-lines.js');
    const machine = another === undefined ? thisMachine() : undefined;
    const isRoot = machine !== undefined && process.getuid?.() === 0;
    const jetpack = machine === undefined ? jetPackByName(another ?? '') : jetPackOf(machine);
    const target: SetupTarget = {
      machine,
      jetpack,
      ubuntu: machine === undefined ? jetpack.ubuntu : ubuntuOf(machine, jetpack),
      node: machine === undefined ? undefined : process.versions.node,
      // Where build-native puts what it compiles.
      addonDirectory: path.join(packageRoot, 'build', 'Release'),
      user: process.env['SUDO_USER'] ?? process.env['USER'],
    };
    const plan = () => planSetup(target, options);
    if (!apply) {
      process.stdout.write(json ? setupPlanJson(plan(), isRoot) : setupPlanLines(plan(), isRoot).join(''));
      return 0;
    }
    const { applyOnTerminal } = await import('./setup-apply.js');
    const applied = await interruptible(
      (signal) =>
        applyOnTerminal({ plan, yes, isRoot, input: process.stdin, output: process.stderr, signal }),
      () => process.stderr.write('\nStopping …\n'),
    );
    const after = plan();
    if (json) process.stdout.write(setupPlanJson({ ...after, steps: applied }, isRoot));
    else
      process.stdout.write(
        `\n${applied.length} steps were run.\n${after.notes.map((note) => `${note}\n`).join('')}`,
      );
    return 0;
  },
};

function parse(args: readonly string[]) {
  const { values, positionals } = parseCommandLine(NAME, args, {
    apply: { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    ros: { type: 'string', default: 'auto' },
    'power-mode': { type: 'string', default: 'fastest' },
    clocks: { type: 'boolean', default: false },
    'runtime-only': { type: 'boolean', default: false },
    'build-tools': { type: 'boolean', default: false },
    for: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const [unexpected] = positionals;
  if (unexpected !== undefined) throw usageError(NAME, `expected options only, got ${unexpected}`);
  const { apply, yes, json } = values;
  if (apply && values.for !== undefined)
    throw usageError(NAME, '--for prints what another Jetson needs; --apply is for this one');
  if (yes && !apply) throw usageError(NAME, '--yes agrees to what --apply asks; give both');
  return {
    apply,
    yes,
    json,
    another: values.for,
    options: {
      ros: oneOf(NAME, 'ros', values.ros, ROS_CHOICES),
      powerMode: powerMode(values['power-mode']),
      clocks: values.clocks,
      runtimeOnly: values['runtime-only'],
      buildTools: values['build-tools'],
    },
  };
}

function powerMode(text: string): WantedPowerMode {
  if (text === 'fastest' || text === 'keep') return text;
  if (/^\d+$/.test(text)) return wholeNumber(NAME, 'power-mode', text, 0);
  throw usageError(NAME, `--power-mode: expected fastest, keep or the id of a mode, got ${text}`);
}
