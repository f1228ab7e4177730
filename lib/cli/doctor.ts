import { statSync } from 'node:fs';
import path from 'node:path';
import { REQUIREMENTS } from '../doctor/examination.js';
import type { Command } from './command.js';
import { oneOf, parseCommandLine, usageError } from './usage.js';

export const doctorCommand: Command = {
  summary:
    'Look at this machine: JetPack, driver, TensorRT, ONNX Runtime, ROS 2, Python; and say what to do.',
  help: `Usage: jetson-vla doctor [--require WHAT]... [--root DIR] [--json]

Looks at everything on this machine that jetson-vla uses, and prints a line for each: ok, WARN or FAIL, and what to do
about it. Nothing is changed. Libraries are opened in processes of their own, so one that crashes or hangs is a line
like any other. A machine without an NVIDIA GPU is healthy: policies run on ONNX Runtime there.

Examples:
  jetson-vla doctor
  jetson-vla doctor --require tensorrt --require ros     # a robot's start script: fails unless both can be used
  jetson-vla doctor --json | jq '.[] | select(.level != "ok")'
  jetson-vla doctor --root /media/sdcard                 # another system, by its files alone

Options:
  --require WHAT   ${REQUIREMENTS.join(', ')}: fail when it cannot be used; may be repeated
  --root DIR       look at the system whose files lie below DIR; nothing of it is opened or started
  --json           print the findings as JSON: level, topic, message and, where there is one, remedy
  -h, --help       this text

Exit status: 0 nothing failed, 1 something did, 2 wrong usage.
See also: jetson-vla ros doctor, which looks at a running ROS 2 graph.
`,
  async run(args) {
    const { require, root, json } = parse(args);
    const { machineAt, thisMachine } = await import('../engine/machine.js');
    const { examineMachine } = await import('../doctor/examine-machine.js');
    const { findingLines } = await import('./finding-lines.js');
    const machine = root === undefined ? thisMachine() : machineAt(root);
    const findings = await examineMachine(machine, { require });
    process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : findingLines(findings).join(''));
    return findings.some(({ level }) => level === 'fail') ? 1 : 0;
  },
};

function parse(args: readonly string[]) {
  const { values, positionals } = parseCommandLine('doctor', args, {
    require: { type: 'string', multiple: true },
    root: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const [unexpected] = positionals;
  if (unexpected !== undefined) throw usageError('doctor', `expected options only, got ${unexpected}`);
  const root = values.root === undefined ? undefined : path.resolve(values.root);
  if (root !== undefined && !(statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false))
    throw usageError('doctor', `--root: expected the root directory of a system, got ${values.root}`);
  return {
    require: (values.require ?? []).map((what) => oneOf('doctor', 'require', what, REQUIREMENTS)),
    // The root of this machine is this machine.
    root: root === '/' ? undefined : root,
    json: values.json,
  };
}
