import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { BenchOptions } from '../toolchain/bench/bench-policy.js';
import { parseImageSize } from '../toolchain/bench/image-size.js';
import { stage, stageFile } from '../toolchain/staged-output.js';
import { benchText } from './bench-text.js';
import type { Command } from './command.js';
import { interruptible } from './interrupt.js';
import { StepDisplay } from './step-display.js';
import { atLeast, oneOf, parseCommandLine, usageError, wholeNumber } from './usage.js';

const BACKENDS = ['auto', 'onnxruntime', 'tensorrt'] as const;
/** FixedRate's largest. */
const MAX_RATE_HZ = 1000;

export const benchCommand: Command = {
  summary: 'Measure what a policy takes on this machine, stage by stage.',
  help: `Usage: jetson-vla bench POLICY [options]

Measures a policy where it runs: p50, p90, p99 and max of each stage from a compressed camera frame to the robot's next
trajectory, loading, warm-up, throughput, jitter at a fixed rate, memory, and how late timers of the same process fire.
POLICY is a bundle, one precision of it (DIR@precision), an .onnx or an .engine file. Nothing moves: the robot is one
in memory, which takes every trajectory at once. Golden observations are not checked.

  decode       JPEG to pixels, as from a ROS camera topic (needs sharp)
  preprocess   pixels, text and state to tensors
  infer        the model, as its backend measures it
  postprocess  tensors to waypoints
  guard        SafeVLAExecutor judges the chunk in mid-motion, audit log included: by the policy's own position ranges
               and common speed limits, without a collision model
  command      the judged trajectory is handed to the robot
  total        all of it, and the way to the model's thread and back

It says when the machine spoils the figures: power mode, clocks that go up and down, heat, throttling, other work,
battery, a container's share.

Examples:
  jetson-vla bench policies/pick
  jetson-vla bench policies/pick --observations recorded.jsonl --duration 30 --svg bench.svg
  jetson-vla bench policies/pick@float32 --compare policies/pick@uint8-dynamic
  jetson-vla bench policies/pick --backend tensorrt --compare-backend onnxruntime --json
  jetson-vla bench model.onnx --image 1280x720 --instruction "pick up the red block" --rate 10

Options:
  --backend NAME         auto (default), onnxruntime or tensorrt
  --precision NAME       which model of a bundle, such as float32; default: the first that the backend runs
  --threads N            threads that one operator may use in ONNX Runtime
  --duration S           seconds to measure, for each policy, without loading and warm-up; default: 10
  --warmup S             seconds to run before that; default: 1, five inferences and two passes at least
  --rate HZ              rate of the jitter measurement; default: the policy's own, 1 / (dt · execute)
  --observations FILE    recorded observations, JSON lines or a directory of them; default: the golden ones of the
                         bundle, else made-up frames of 640x480
  --image WxH            made-up frames of this size in the place of all others
  --instruction TEXT     in the place of the recorded ones
  --compare POLICY       a second policy or precision, measured in turns with the first, and the ratio of the medians
                         with a 95 % confidence interval
  --compare-backend NAME the backend of the second one; without --compare the same policy on another backend
  --svg FILE             also draw the figures
  --json                 print the report as JSON, times in milliseconds
  -h, --help             this text

Ctrl-C ends the measurement and prints what was measured by then, marked as incomplete, without a drawing.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`,
  async run(args) {
    const { policy, svg, json, options } = parse(args);
    // Minutes of measuring are not to end with a drawing that cannot be written.
    if (svg !== undefined) await stage(svg, (file) => writeFile(file, ''));
    const { benchPolicy } = await import('../toolchain/bench/bench-policy.js');
    const { benchSvg } = await import('../toolchain/bench/bench-svg.js');
    const display = new StepDisplay(process.stderr);
    const report = await interruptible(
      async (signal) => {
        try {
          return await benchPolicy(policy, {
            ...options,
            signal,
            onProgress: (progress) => display.show(progress),
          });
        } finally {
          display.clear();
        }
      },
      () => display.note('Stopping …'),
    );
    if (svg !== undefined && report.complete)
      await stageFile(svg, (file) => writeFile(file, benchSvg(report)));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : benchText(report));
    return report.complete ? 0 : 130;
  },
};

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseCommandLine('bench', args, {
    backend: text,
    precision: text,
    threads: text,
    duration: text,
    warmup: text,
    rate: text,
    observations: text,
    image: text,
    instruction: text,
    compare: text,
    'compare-backend': text,
    svg: text,
    json: { type: 'boolean', default: false },
  });
  const [policy, ...others] = positionals;
  if (policy === undefined || others.length > 0)
    throw usageError('bench', `expected one policy, got ${positionals.join(', ') || 'none'}`);
  const { svg, backend, precision, threads, duration, warmup, rate, observations, image, instruction } =
    values;
  const { compare, 'compare-backend': compareBackend } = values;
  if (svg !== undefined && (!/\.svg$/i.test(svg) || statSync(svg, { throwIfNoEntry: false })?.isDirectory()))
    throw usageError('bench', `--svg: expected an .svg file, got ${svg}`);
  const rateHz = rate === undefined ? undefined : atLeast('bench', 'rate', rate, 0.001);
  if (rateHz !== undefined && rateHz > MAX_RATE_HZ)
    throw usageError('bench', `--rate: expected at most ${MAX_RATE_HZ} Hz, got ${rate}`);
  const options: BenchOptions = {
    ...(backend !== undefined && { backend: oneOf('bench', 'backend', backend, BACKENDS) }),
    ...(precision !== undefined && { precision }),
    ...(threads !== undefined && { threads: wholeNumber('bench', 'threads', threads, 1) }),
    ...(duration !== undefined && { durationS: atLeast('bench', 'duration', duration, 0.1) }),
    ...(warmup !== undefined && { warmUpS: atLeast('bench', 'warmup', warmup, 0) }),
    ...(rateHz !== undefined && { rateHz }),
    ...(observations !== undefined && { observations }),
    ...(image !== undefined && { image: parseImageSize(image) }),
    ...(instruction !== undefined && { instruction }),
    ...(compare !== undefined && { compare }),
    ...(compareBackend !== undefined && {
      compareBackend: oneOf('bench', 'compare-backend', compareBackend, BACKENDS),
    }),
  };
  return { policy, svg, json: values.json, options };
}
