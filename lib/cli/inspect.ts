import { inspectPath } from '../toolchain/inspect/inspect-path.js';
import type { Command } from './command.js';
import { inspectionReport } from './inspect-report.js';
import { parseCommandLine, usageError } from './usage.js';

export const inspectCommand: Command = {
  summary: 'Look into a bundle, an ONNX model or an engine.',
  help: `Usage: jetson-vla inspect PATH [options]

Shows what goes in and out, dynamic axes, opset, operators, in what types the weights are, which file takes how much, an
engine's passport, and what of it this machine can run and why not. PATH is a bundle (a directory or its policy.json),
an .onnx, .engine or .plan file. Nothing is changed. Models of any size: weights are not read, unless the model is
opened.

Examples:
  jetson-vla inspect policies/pick
  jetson-vla inspect model.onnx --no-load
  jetson-vla inspect policies/pick --verify --json

Options:
  --no-load    do not open the models on the backends of this machine, which takes as long as loading the policy
  --verify     compare every file of a bundle with its sha256
  --json       print the result as JSON
  -h, --help   this text

Exit status: 0 done, whether it runs here or not; 1 it is broken, 2 wrong usage.
`,
  async run(args) {
    const { values, positionals } = parseCommandLine('inspect', args, {
      'no-load': { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const [target, ...others] = positionals;
    if (target === undefined || others.length > 0)
      throw usageError('inspect', `expected one path, got ${positionals.join(', ') || 'none'}`);
    const inspection = await inspectPath(target, { load: !values['no-load'], verify: values.verify });
    process.stdout.write(
      values.json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionReport(inspection),
    );
    return inspection.models.some(({ broken }) => broken !== undefined) ? 1 : 0;
  },
};
