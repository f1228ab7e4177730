/** `npm run bench -- NAME [--json]`: one benchmark against its peer, in one run. */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { VLAError } from 'jetson-vla';
import type { BenchResult } from './bench-result.js';
import type { Quantiles } from './quantiles.js';

/** Each benchmark is loaded only when it is asked for. */
const BENCHES: Readonly<Record<string, () => Promise<() => Promise<BenchResult>>>> = {
  preprocess: async () => (await import('./preprocess.js')).bench,
  'preprocess-antialiased': async () => (await import('./preprocess.js')).benchAntialiased,
  'preprocess-opencv': async () => (await import('./preprocess-opencv.js')).bench,
  'event-loop': async () => (await import('./event-loop.js')).bench,
  'call-overhead': async () => (await import('./call-overhead.js')).bench,
  'event-loop-tensorrt': async () => (await import('./event-loop-tensorrt.js')).bench,
  'control-loop': async () => (await import('./control-loop.js')).bench,
  safety: async () => (await import('./safety.js')).bench,
  ros: async () => (await import('./ros.js')).bench,
  'ros-goals': async () => (await import('./ros-goals.js')).bench,
  'ros-load': async () => (await import('./ros-load.js')).bench,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const load = BENCHES[name];
if (load === undefined || positionals.length !== 1) {
  process.stderr.write(`usage: npm run bench -- NAME [--json]\nNAME: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else {
  try {
    print(await (await load())());
  } catch (error) {
    // What the machine lacks is said without a stack.
    if (!(error instanceof VLAError)) throw error;
    process.stderr.write(`${error}\n`);
    process.exitCode = 1;
  }
}

function print(result: BenchResult): void {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`;
  if (values.json) {
    const { p50, p99 } = result.ours;
    process.stdout.write(`${JSON.stringify({ ...result, p50, p99, machine })}\n`);
    return;
  }
  const { unit } = result;
  const row = (label: string, { p50, p99, p999 }: Quantiles) =>
    `${label.padEnd(56)} p50 ${p50.toFixed(3)} ${unit}   p99 ${p99.toFixed(3)} ${unit}` +
    `${p999 === undefined ? '' : `   p99.9 ${p999.toFixed(3)} ${unit}`}\n`;
  process.stdout.write(`${result.name} on ${machine}\n`);
  process.stdout.write(row('jetson-vla', result.ours));
  const { peer, others = [], ratio } = result;
  for (const side of peer === null ? others : [peer, ...others]) process.stdout.write(row(side.name, side));
  process.stdout.write(ratio === null ? 'the peer is not on this machine\n' : `ratio ${ratio.toFixed(2)}\n`);
}
