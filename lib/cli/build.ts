import { type BundleEngine, buildBundleEngine } from '../toolchain/build-bundle.js';
import { buildCheckedEngine, type CheckedEngine } from '../toolchain/build-checked.js';
import type { EngineParity } from '../toolchain/engine-parity.js';
import { type BuildArguments, parseBuildArguments } from './build-arguments.js';
import { BuildDisplay } from './build-display.js';
import { BUILD_HELP } from './build-help.js';
import type { Command } from './command.js';
import { runCacheCommand } from './engine-cache.js';
import { interruptible } from './interrupt.js';
import { sizeText } from './size-text.js';

export const buildCommand: Command = {
  summary: 'Build a TensorRT engine for this machine from a bundle or an ONNX model.',
  help: BUILD_HELP,
  async run(args) {
    const parsed = parseBuildArguments(args);
    if (parsed.kind === 'cache') return runCacheCommand(parsed);
    const started = performance.now();
    const built = await interruptible(
      (signal) => build(parsed, signal),
      () => process.stderr.write('Stopping …\n'),
    );
    for (const warning of built.warnings) process.stderr.write(`Warning: ${warning}\n`);
    process.stdout.write(
      parsed.json ? `${JSON.stringify(built, null, 2)}\n` : summary(built, performance.now() - started),
    );
  },
};

async function build(
  { kind, path, options }: Exclude<BuildArguments, { kind: 'cache' }>,
  signal: AbortSignal,
): Promise<CheckedEngine | BundleEngine> {
  const display = new BuildDisplay(process.stderr);
  const running = {
    ...options,
    signal,
    onProgress: (progress: Parameters<BuildDisplay['show']>[0]) => display.show(progress),
  };
  try {
    return kind === 'model'
      ? await buildCheckedEngine(path, running)
      : await buildBundleEngine(path, running);
  } finally {
    display.clear();
  }
}

function summary(built: CheckedEngine | BundleEngine, milliseconds: number): string {
  const { bytes, tensorrt, gpu, sm } = built.passport;
  const seconds = (milliseconds / 1000).toFixed(1);
  const lines = [
    `Built ${built.path}`,
    `  ${sizeText(bytes)} in ${seconds} s, for TensorRT ${tensorrt} on ${gpu} (compute capability ${sm})`,
    ...parityLines(built.parity),
    ...('artifact' in built ? [`  added to policy.json as ${built.artifact.precision}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function parityLines({ golden, onnxruntime, skipped }: EngineParity): string[] {
  const observations = golden.map(({ file, passed, parts }) => {
    const figures = parts.map(({ name, maxAbs }) => `${name} within ${maxAbs.toPrecision(2)}`).join(', ');
    return `  ${file}: ${passed ? 'reproduced' : 'not reproduced'}${figures && `, ${figures}`}`;
  });
  return [
    ...observations,
    ...(onnxruntime
      ? [
          `  ONNX Runtime on random inputs: max error ${onnxruntime.maxAbs.toPrecision(2)}, ` +
            `mean ${onnxruntime.meanAbs.toPrecision(2)}, cosine ${onnxruntime.cosine.toFixed(6)}`,
        ]
      : []),
    ...(skipped === undefined ? [] : [`  not compared with ONNX Runtime: ${skipped.split('\n')[0]}`]),
  ];
}
