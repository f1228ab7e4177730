import type { ExportReport } from '../toolchain/export/export-options.js';
import { exportPolicy } from '../toolchain/export/export-policy.js';
import { pythonEnvironment } from '../toolchain/python/python-environment.js';
import type { Command } from './command.js';
import { parseExportArguments } from './export-arguments.js';
import { interruptible } from './interrupt.js';
import { sizeText } from './size-text.js';
import { StepDisplay } from './step-display.js';
import { textTable } from './text-table.js';

export const exportCommand: Command = {
  summary: 'Make a policy bundle of a PyTorch policy, and prove that it gives the same actions.',
  help: `Usage: jetson-vla export SOURCE --output DIR [options]

Exports a PyTorch policy to ONNX and writes a complete bundle: model, policy.json, tokenizer, and a golden observation
with PyTorch's own answer. The file is checked with onnx.checker, compared with PyTorch on random and on recorded
observations, and the finished bundle is loaded in Node; when anything differs, nothing is written. The first use
installs PyTorch into .jetson-vla/python of your project, unless --python names an interpreter that has it.

SOURCE is one of
  package.module:factory     a function that returns the policy as a torch.nn.Module. One with a parameter gets the
                             path of the checkpoint; for one without, the weights are read and loaded strictly
  path/file.py:factory       the same, in a file
  DIRECTORY                  a LeRobot policy (config.json, model.safetensors): ACT

The policy's forward takes image (float32, [batch, 3, h, w], RGB, 0 to 1), then text (int64 token ids, [batch, tokens])
with --tokenizer, then state (float32, [batch, joints]) with --state; it returns actions [batch, waypoints, joints].
--manifest describes any other.

Examples:
  jetson-vla export my_policy.model:make --checkpoint last.pt --output policies/pick \\
    --joints pan,lift,elbow,roll,pitch,yaw --unit rad --gripper gripper=0:1 --fps 10 \\
    --tokenizer tokenizer.json --max-tokens 16
  jetson-vla export outputs/act/checkpoints/last/pretrained_model --output policies/act \\
    --joints pan,lift,elbow,flex,roll --unit deg --gripper gripper=100:0 --fps 30
  jetson-vla export train/net.py:policy --checkpoint net.safetensors --output policies/net \\
    --manifest policy.part.json --observations recorded.jsonl --json

What a robot moves by, and no network tells (all required, here or in --manifest):
  --joints NAME[:UNIT],…     the values of an action, in the order of the output
  --unit UNIT                of all joints without one: rad, deg, m, percent, pm100, unit or raw
  --gripper NAME=OPEN:CLOSED its value when open and when closed; comes last unless it is among the joints
  --fps N | --dt SECONDS     waypoints per second, or how long one takes

What the policy takes and is called:
  --manifest FILE            a policy.json with any parts of it; options win over it, and it over what SOURCE knows
  --cameras ID,…             default: one, named image
  --image-size HxW           default: 224x224, to which frames are stretched
  --layout CHW|HWC           default: CHW
  --tokenizer FILE           the policy takes token ids of this Hugging Face tokenizer.json
  --max-tokens N             how many; shorter texts are padded
  --state                    the policy takes the state of the joints
  --id ID, --name NAME       default: the name of the output directory

How:
  --checkpoint FILE          .pt, .pth or .safetensors; never run as code
  --dataset DIR              of a LeRobot policy: its data set, whose meta/info.json has joint names and frame rate
  --opset N                  13 to 23; default: 18. Below 18 by the legacy exporter only, above 20 by dynamo only
  --exporter auto|dynamo|legacy
                             default: auto, which is dynamo, and legacy where that cannot do it
  --tolerance X              largest difference from PyTorch, in the units of the model's output;
                             default: 1e-4 of the largest value that it gives
  --observations FILE|DIR    recorded observations to compare on, the first as the golden one; default: a made-up one
  --instruction TEXT         of the made-up observation
  --seed N                   of everything random; default: 0
  --python FILE              an interpreter with PyTorch, instead of the project's own; also JETSON_VLA_PYTHON
  --force                    replace a bundle that is there; never a directory of anything else
  --verbose                  show everything that Python prints
  --json                     print the report as JSON
  -h, --help                 this text

Exit status: 0 done, 1 failed, 2 called wrongly, 3 the model differs from PyTorch, 130 interrupted.
`,
  async run(args) {
    const { options, python, json, verbose } = parseExportArguments(args);
    const started = performance.now();
    const display = new StepDisplay(process.stderr);
    const report = await interruptible(
      async (signal) => {
        try {
          const onProgress = (step: { label: string; fraction?: number }) => display.show(step);
          return await exportPolicy({
            ...options,
            python: await pythonEnvironment({ python, onProgress, signal }),
            onProgress,
            onWarning: (text) => display.note(`Warning: ${text}`),
            ...(verbose && { onOutput: (text: string) => void process.stderr.write(text) }),
            signal,
          });
        } finally {
          display.clear();
        }
      },
      () => display.note('Stopping …'),
    );
    process.stdout.write(
      json ? `${JSON.stringify(report, null, 2)}\n` : summary(report, performance.now() - started),
    );
  },
};

function summary(report: ExportReport, milliseconds: number): string {
  const { bundle, modelBytes, opset, exporter, tolerance, parity, golden, chunk } = report;
  const row = (name: string, { maxAbs, meanAbs, cosine }: ExportReport['golden'], samples: number) => [
    name,
    String(samples),
    maxAbs.toExponential(1),
    meanAbs.toExponential(1),
    cosine.toFixed(7),
  ];
  const table = textTable(
    [
      { title: 'Compared with PyTorch' },
      { title: 'samples', align: 'right' },
      { title: 'max error', align: 'right' },
      { title: 'mean error', align: 'right' },
      { title: 'cosine', align: 'right' },
    ],
    [
      row('ONNX Runtime, random observations', parity.random, parity.random.samples),
      row(`ONNX Runtime, ${parity.observed.source} observations`, parity.observed, parity.observed.samples),
      row('the bundle in Node, golden observation', golden, 1),
    ],
  );
  return (
    `Wrote ${bundle} in ${(milliseconds / 1000).toFixed(1)} s\n` +
    `  ${sizeText(modelBytes)}, opset ${opset}, by the ${exporter} exporter; ` +
    `${chunk.horizon} waypoints of ${chunk.width} values, ${chunk.secondsPerWaypoint.toPrecision(3)} s each\n\n` +
    `${table}\nAllowed: ${tolerance.toExponential(1)}. The checks passed; run it with JetsonVLAEngine.load.\n`
  );
}
