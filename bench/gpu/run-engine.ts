/** `node --import tsx bench/gpu/run-engine.ts FILE.engine`: a real engine, both ways to run it, with latencies. */
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import { quantiles } from '../quantiles.js';

const WARM_UP = 50;
const RUNS = 2000;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node --import tsx bench/gpu/run-engine.ts FILE.engine');

await using engine = await TensorRTEngine.load(file, {
  onWarning: (text) => process.stdout.write(`warning: ${text}\n`),
});
const { tensorrtVersion, memory, deviceMemoryBytes, tensors } = engine.info;
process.stdout.write(
  `TensorRT ${tensorrtVersion}, ${memory} memory, ${deviceMemoryBytes} bytes of scratch memory\n`,
);
for (const { name, mode, dtype, shape } of tensors)
  process.stdout.write(`  ${mode} ${name}: ${dtype} [${shape.join(', ')}]\n`);

/** First output as bytes, to compare runs: half floats and integers alike. */
const firstOutput = () => {
  const [output] = Object.values(engine.outputs);
  if (output === undefined || output.dtype === 'string') throw new Error('the engine has no output');
  const { buffer, byteOffset, byteLength } = output.data;
  return Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength));
};

engine.executeV2();
const reference = firstOutput();
for (let run = 0; run < 5; run++) {
  await engine.infer();
  if (!firstOutput().equals(reference)) throw new Error('infer() and executeV2() do not agree');
}

const measure = async (run: () => number | Promise<number>) => {
  const times: number[] = [];
  for (let index = -WARM_UP; index < RUNS; index++) {
    const started = performance.now();
    await run();
    if (index >= 0) times.push(performance.now() - started);
  }
  return quantiles(times);
};
const report = (name: string, { p50, p99 }: { p50: number; p99: number }) =>
  process.stdout.write(`${name.padEnd(12)} p50 ${p50.toFixed(3)} ms   p99 ${p99.toFixed(3)} ms\n`);
report('executeV2', await measure(() => engine.executeV2()));
report('infer', await measure(() => engine.infer()));
