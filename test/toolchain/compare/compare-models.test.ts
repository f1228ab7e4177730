import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { observationLine } from '../../../lib/policy/observation-file.js';
import { type CompareOptions, compareModels } from '../../../lib/toolchain/compare/compare-models.js';
import { modelSamples } from '../../../lib/toolchain/compare/model-samples.js';
import { resolveModels } from '../../../lib/toolchain/compare/model-target.js';
import { addEngines, frame } from '../../engine/bundle.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { bundleOfTwo, writeAltered } from './altered-model.js';

const workers: Worker[] = [];
const record = (worker: Worker) => workers.push(worker);

beforeEach(() => {
  workers.length = 0;
  process.on('worker', record);
});

afterEach(() => {
  process.off('worker', record);
  // Whatever became of the comparison, every session has ended.
  expect(workers.map((worker) => worker.threadId)).toEqual(workers.map(() => -1));
});

const quick: CompareOptions = { seconds: 0, threads: 1 };

async function compare(paths: readonly string[], options: CompareOptions = {}) {
  const targets = (await Promise.all(paths.map(resolveModels))).flat();
  return compareModels(targets, { ...quick, ...options });
}

/** What the fixture policies see of an input: mean colours, and the mean token id / 16. */
function features({ image, text }: Awaited<ReturnType<typeof modelSamples>>['samples'][number]) {
  if (image?.dtype !== 'float32' || text?.dtype !== 'int64') throw new Error('expected float32 and int64');
  const size = image.data.length / 3;
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const colours = [0, 1, 2].map((channel) => mean(image.data.subarray(channel * size, (channel + 1) * size)));
  return [...colours, mean(Array.from(text.data, Number)) / 16];
}

const deviation = z.strictObject({
  count: z.number(),
  maxAbs: z.number(),
  meanAbs: z.number(),
  cosine: z.number(),
});
/** What `--json` promises to scripts. */
const comparisonSchema = z.strictObject({
  reference: z.string(),
  samples: z.strictObject({ source: z.enum(['recorded', 'golden', 'random']), count: z.number().int() }),
  models: z.array(
    z.strictObject({
      name: z.string(),
      file: z.string(),
      format: z.enum(['onnx', 'engine']),
      precision: z.string().optional(),
      bytes: z.number().int().positive(),
      megabytes: z.number().positive(),
      reductionPercent: z.number(),
      backend: z.enum(['onnxruntime', 'tensorrt']).optional(),
      unavailable: z.strictObject({ code: z.string(), message: z.string() }).optional(),
      outputs: deviation.optional(),
      actions: deviation.optional(),
      latencyMs: z.strictObject({ runs: z.number(), p50: z.number(), p99: z.number() }).optional(),
    }),
  ),
});

describe('compareModels', () => {
  it('finds the deviation that was put into a copy of a model', async () => {
    const altered = await writeAltered('default-nchw', 9, 0.125);
    const [target] = await resolveModels(model('default-nchw'));
    if (!target) throw new Error('expected a target');
    const { samples } = await modelSamples(target, { count: 5, seed: 3 });
    const errors = samples.map((sample) => 0.125 * features(sample).reduce((sum, v) => sum + v, 0));
    const { models } = await compare([model('default-nchw'), altered], { count: 5, seed: 3 });
    expect(models[0]?.outputs).toBeUndefined();
    const { outputs } = models[1] ?? {};
    expect(outputs?.count).toBe(5 * 35);
    expect(outputs?.maxAbs).toBeCloseTo(Math.max(...errors), 6);
    expect(outputs?.meanAbs).toBeCloseTo(errors.reduce((sum, v) => sum + v, 0) / (5 * 35), 7);
    expect(outputs?.cosine).toBeLessThan(1);
  });

  it('finds no deviation between a model and itself', async () => {
    const { models } = await compare([model('default-nchw'), model('default-nchw')], { count: 2 });
    expect(models[1]).toMatchObject({ reductionPercent: 0, outputs: { count: 70, maxAbs: 0, meanAbs: 0 } });
    expect(models[1]?.outputs?.cosine).toBeCloseTo(1, 12);
  });

  it('judges the models of a bundle by their actions on its golden observation, in the units of the robot', async () => {
    // The second value of a waypoint is in degrees in policy.json; a white image and token 1 make 3 + 1/16.
    const directory = await bundleOfTwo(1, 0.5);
    const comparison = await compare([directory]);
    expect(comparison).toMatchObject({
      reference: expect.stringMatching(/@float32$/),
      samples: { source: 'golden', count: 1 },
    });
    const { outputs, actions } = comparison.models[1] ?? {};
    const raw = outputs?.maxAbs ?? 0;
    expect(raw).toBeGreaterThan(1.5);
    expect(actions?.maxAbs).toBeCloseTo((raw * Math.PI) / 180, 5);
    expect(actions?.meanAbs).toBeCloseTo((raw * Math.PI) / 180 / 35, 6);
  });

  it('prefers recorded observations, and uses at most as many as asked for', async () => {
    const directory = await bundleOfTwo(3, 0.25);
    const recorded = join(await temporaryDirectory(), 'recorded.jsonl');
    const lines = [0, 64, 128, 255].map((level) =>
      observationLine({ images: { wrist: frame([level, level, level]) }, instruction: 'close' }),
    );
    await writeFile(recorded, lines.join(''));
    const all = await compare([directory], { observations: recorded });
    expect(all.samples).toEqual({ source: 'recorded', count: 4 });
    const half = await compare([directory], { observations: recorded, count: 2 });
    expect(half.samples).toEqual({ source: 'recorded', count: 2 });
    // The brightest image is not among the two, and the error grows with brightness.
    expect(half.models[1]?.actions?.maxAbs).toBeLessThan((all.models[1]?.actions?.maxAbs ?? 0) - 0.25);
  });

  it('gives models of other bundles the observations as their own bundle encodes them', async () => {
    const [one, other] = [await bundleOfTwo(0, 0), await bundleOfTwo(0, 0.5)];
    const { models } = await compare([`${one}@float32`, `${other}@altered`]);
    expect(models[1]?.actions?.maxAbs).toBeGreaterThan(1.5);
  });

  it('takes models for the same whose inputs and outputs differ in precision only', async () => {
    const { models } = await compare([model('float16'), model('default-nchw')], { count: 3 });
    expect(models[1]?.outputs?.maxAbs).toBeGreaterThan(0);
    expect(models[1]?.outputs?.maxAbs).toBeLessThan(0.01);
    const tokens = await compare([model('default-nhwc'), model('int32-tokens')], { count: 2 });
    expect(tokens.models[1]?.outputs?.maxAbs).toBeLessThan(1e-6);
  });

  it('counts a model that puts out NaN as infinitely far off, in its outputs and its actions', async () => {
    const observations = join(await temporaryDirectory(), 'dark.jsonl');
    await writeFile(
      observations,
      observationLine({ images: { image: frame([0, 0, 0]) }, instruction: 'open' }),
    );
    // Of a black image this model makes 0 / 0.
    const { models } = await compare([model('default-nhwc'), model('nan-output')], { observations });
    expect(models[1]).toMatchObject({ outputs: { maxAbs: Infinity }, actions: { maxAbs: Infinity } });
  });

  it('makes random inputs of the sizes that one of the models fixes', async () => {
    const { samples, models } = await compare([model('default-nhwc'), model('nan-output')], { count: 1 });
    expect(samples?.source).toBe('random');
    expect(models[1]?.latencyMs?.runs).toBeGreaterThan(0);
  });

  it('names every input and output in which models differ', async () => {
    const error = await rejectionOf(
      compare([model('default-nchw'), model('two-cameras'), model('default-nhwc')]),
    );
    expect(error.code).toBe('MODEL_MISMATCH');
    expect(error.message).toMatch(/two-cameras\.onnx, inputs: .*no image/);
    expect(error.message).toMatch(
      /default-nhwc\.onnx, inputs: image float32 \(.*\), but image float32 \(1, 3, 8, 8\)/,
    );
  });

  it('lists an engine that this machine cannot run with the reason, and compares the rest', async () => {
    const directory = await bundleOfTwo(0, 0.5);
    await addEngines(directory, [
      { content: Buffer.alloc(3 * 2 ** 20, 1), artifact: { precision: 'float16' } },
    ]);
    const { models } = await compare([directory]);
    expect(models.map(({ backend }) => backend)).toEqual(['onnxruntime', 'onnxruntime', undefined]);
    expect(models[2]).toMatchObject({
      megabytes: 3,
      unavailable: {
        code: expect.stringMatching(/^(ADDON_UNAVAILABLE|CUDA_DRIVER_NOT_FOUND|TENSORRT_NOT_FOUND)$/),
      },
    });
    expect(models[2]?.latencyMs).toBeUndefined();
  });

  it('compares sizes alone where nothing runs, and with the first that runs otherwise', async () => {
    const engine = join(await temporaryDirectory(), 'a.engine');
    await writeFile(engine, Buffer.alloc(2 ** 20));
    expect(await compare([engine])).toEqual({
      models: [expect.objectContaining({ name: 'a.engine', megabytes: 1, reductionPercent: 0 })],
    });
    const { reference, models } = await compare([engine, model('default-nchw')], { count: 1 });
    expect(reference).toBe('default-nchw.onnx');
    expect(models[1]?.reductionPercent).toBeCloseTo(100 * (1 - 1157 / 2 ** 20), 9);
  });

  it('says which file is not the one that policy.json names', async () => {
    const directory = await bundleOfTwo(0, 0.5);
    await writeFile(join(directory, 'altered.onnx'), 'changed');
    expect((await rejectionOf(compare([directory]))).code).toBe('CHECKSUM_MISMATCH');
  });

  it('ends a failing run with the name of the model', async () => {
    const [target] = await resolveModels(model('default-nchw'));
    if (!target) throw new Error('expected a target');
    const samples = await modelSamples(target, { count: 1, seed: 0 });
    const [sample] = samples.samples;
    if (sample?.['text']?.dtype !== 'int64') throw new Error('expected int64');
    sample['text'].data.fill(99n);
    const error = await rejectionOf(compareModels([target], { ...quick, samples }));
    expect(error.code).toBe('INFERENCE_FAILED');
    expect(error.message).toContain('default-nchw.onnx: ');
  });

  it.each(['Loading', 'Comparing outputs', 'Measuring latency'])(
    'ends when aborted while %s',
    async (label) => {
      const controller = new AbortController();
      const comparing = compare([model('default-nchw'), model('default-nchw')], {
        seconds: 60,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.label.startsWith(label)) controller.abort();
        },
      });
      expect((await rejectionOf(comparing)).code).toBe('ABORTED');
    },
  );

  it('times every model equally often, in a few runs where no time is given', async () => {
    const { models } = await compare([model('default-nchw'), model('default-nchw')], { count: 2 });
    const [one, two] = models.map(({ latencyMs }) => latencyMs);
    expect(one?.runs).toBeGreaterThanOrEqual(10);
    expect(two?.runs).toBe(one?.runs);
    expect(one?.p50).toBeGreaterThan(0);
    expect(one?.p99).toBeGreaterThanOrEqual(one?.p50 ?? Number.NaN);
  });

  it('reports progress that never goes back', async () => {
    const seen = new Map<string, number[]>();
    await compare([model('default-nchw')], {
      count: 4,
      onProgress: ({ label, fraction }) => {
        const fractions = seen.get(label) ?? [];
        seen.set(label, fraction === undefined ? fractions : [...fractions, fraction]);
      },
    });
    expect([...seen.keys()]).toEqual(['Loading default-nchw.onnx', 'Comparing outputs', 'Measuring latency']);
    for (const fractions of seen.values()) {
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      for (const fraction of fractions) expect(fraction).toBeLessThanOrEqual(1);
    }
  });

  it('gives a result that survives JSON with nothing but the documented fields', async () => {
    const directory = await bundleOfTwo(0, 0.5);
    const comparison = await compare([directory]);
    expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison);
  });
});
