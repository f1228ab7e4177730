import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JetsonVLAEngine } from '../../../lib/engine/jetson-vla-engine.js';
import { backendDirectory } from '../../../lib/native/load-addon.js';
import { packageRoot } from '../../../lib/native/package-root.js';
import { benchPolicy } from '../../../lib/toolchain/bench/bench-policy.js';
import { benchSvg } from '../../../lib/toolchain/bench/bench-svg.js';
import { MeasuredPolicy } from '../../../lib/toolchain/bench/measured-policy.js';
import { isMeasured, STAGES } from '../../../lib/toolchain/bench/report.js';
import { scratchAudit } from '../../../lib/toolchain/bench/scratch-audit.js';
import { addEngines, writeBundle } from '../../engine/bundle.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { AGX_ORIN_JETPACK_5, machineOf } from '../../engine/jetson-state/machines.js';
import { engineBytes } from '../../fakes/native/engine-file.js';
import { rejectionOf } from '../../policy/error-of.js';

const PICK = path.join(packageRoot, 'examples/policies/pick');
/** Where the build that the addon comes from put the stand-in libraries. */
const STANDINS = path.join(backendDirectory(), '..', 'standins');
/** The engine of the fixture policy. */
const ENGINE = {
  kind: 'features' as const,
  inputs: [
    { name: 'image', dtype: 'float32' as const, shape: [1, 8, 8, 3] },
    { name: 'text', dtype: 'int64' as const, shape: [1, -1] },
  ],
  outputs: [{ name: 'actions', dtype: 'float32' as const, shape: [1, 5, 7] }],
};
const QUICK = { durationS: 0.2, warmUpS: 0 };

const scratchFolders = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`jetson-vla-bench-${process.pid}-`));

describe('a bench of a policy', () => {
  it('has every stage, and a total that is no shorter than its parts', async () => {
    const machine = await machineOf(AGX_ORIN_JETPACK_5);
    const report = await benchPolicy(PICK, { ...QUICK, rateHz: 100, machine });
    expect(report.complete).toBe(true);
    const { stages, histogram, guard, warmUp, jitter, inferencesPerSecond, memory } = report.policy;
    for (const stage of STAGES) {
      const times = stages[stage];
      if (!isMeasured(times)) throw new Error(`${stage}: ${times.notMeasured}`);
      expect(times.count).toBeGreaterThan(0);
      expect(times.p50).toBeGreaterThan(0);
      const { total } = stages;
      expect(times.min).toBeLessThanOrEqual(isMeasured(total) ? total.min : 0);
    }
    const passes = isMeasured(stages.total) ? stages.total.count : 0;
    expect(histogram.bins.reduce((sum, { count }) => sum + count, 0)).toBe(passes);
    expect(isMeasured(guard) && guard.outcomes).toEqual({ modify: passes });
    expect(warmUp.ms.length).toBeGreaterThanOrEqual(5);
    expect(isMeasured(jitter) && jitter.rateHz).toBe(100);
    expect(inferencesPerSecond).toBeGreaterThan(0);
    expect(memory.rssPeak).toBeGreaterThanOrEqual(memory.rssAfterLoad);
    expect(report.warnings[0]).toContain('MODE_30W');
    expect(await scratchFolders()).toEqual([]);
  });

  it('says of each figure that it lacks why', async () => {
    const { policy } = await benchPolicy(model('default-nhwc'), {
      ...QUICK,
      image: { width: 32, height: 32 },
    });
    expect(policy.stages.guard).toEqual({
      notMeasured: expect.stringContaining('states no range for joint_1'),
    });
    expect(policy.stages.command).toEqual(policy.stages.guard);
    expect(policy.jitter).toEqual({ notMeasured: expect.stringContaining('a longer --duration') });
    expect(policy.precision).toBeUndefined();
    expect(policy.warnings[0]).toContain('without a policy.json');
    expect(isMeasured(policy.stages.total)).toBe(true);
  });

  it('measures two in turns, and draws both', async () => {
    const report = await benchPolicy(PICK, { ...QUICK, compare: `${PICK}@uint8-dynamic` });
    expect(report.policy.precision).toBe('float32');
    expect(report.other?.precision).toBe('uint8-dynamic');
    expect(report.comparison?.map(({ stage }) => stage)).toEqual(['infer', 'total']);
    const svg = benchSvg(report);
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg).toContain('pick@uint8-dynamic');
    for (const stage of STAGES) expect(svg).toContain(`>${stage}</text>`);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('of an engine tells TensorRT, its GPU and its memory', async () => {
    vi.stubEnv('JETSON_VLA_CACHE_DIR', await temporaryDirectory());
    vi.stubEnv('JETSON_VLA_NVINFER', path.join(STANDINS, 'tensorrt-10.3/libnvinfer.so.10'));
    vi.stubEnv('JETSON_VLA_CUDA', path.join(STANDINS, 'cuda/libcuda.so.1'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const bundle = await writeBundle();
    await addEngines(bundle, [{ content: engineBytes(ENGINE) }]);
    const report = await benchPolicy(bundle, {
      ...QUICK,
      backend: 'tensorrt',
      compareBackend: 'onnxruntime',
      image: { width: 8, height: 8 },
      instruction: 'open',
    });
    expect(report.machine.tensorrt).toEqual({
      version: expect.stringMatching(/^10\.3/),
      gpu: 'Stand-in Orin',
    });
    expect(report.policy).toMatchObject({ backend: 'tensorrt', memory: { device: 4096 } });
    expect(report.other).toMatchObject({ backend: 'onnxruntime', memory: { device: undefined } });
  });

  it('tells the same policy on two backends apart by their names', async () => {
    const { policy, other } = await benchPolicy(PICK, {
      ...QUICK,
      durationS: 0.1,
      compareBackend: 'onnxruntime',
    });
    expect([policy.target, other?.target]).toEqual([`${PICK} (auto)`, `${PICK} (onnxruntime)`]);
  });

  it('tells a policy apart from itself', async () => {
    const { policy, other } = await benchPolicy(PICK, { ...QUICK, durationS: 0.1, compare: PICK });
    expect([policy.target, other?.target]).toEqual([`${PICK} (first)`, `${PICK} (second)`]);
  });

  it('compares its warm-up with inferences that were measured the same way', async () => {
    using audit = await scratchAudit();
    const { signal } = new AbortController();
    const target = { name: PICK, path: PICK, options: {} };
    await using measured = await MeasuredPolicy.load(target, {}, audit.log, signal);
    await measured.warmUp(0, signal);
    expect(measured.curve).toHaveLength(5);
    // What warms the other stages up is in no figure.
    expect([measured.stages.total, measured.judged]).toEqual([[], []]);
    await measured.runStages(0, signal);
    const { preprocess, infer, postprocess } = measured.stages;
    const parts = Number(preprocess[0]) + Number(infer[0]) + Number(postprocess[0]);
    expect(measured.inferenceTimes).toHaveLength(1);
    expect(measured.inferenceTimes[0]).toBeGreaterThan(parts);
    expect(measured.stages.total[0]).toBeGreaterThan(Number(measured.inferenceTimes[0]));
  });

  it('refuses two precisions for one policy', async () => {
    const bench = benchPolicy(`${PICK}@uint8-dynamic`, { ...QUICK, precision: 'float32' });
    expect(await rejectionOf(bench)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('different precisions'),
    });
  });

  it('that is interrupted gives what was measured by then', async () => {
    const controller = new AbortController();
    const report = await benchPolicy(PICK, {
      ...QUICK,
      durationS: 6,
      signal: controller.signal,
      onProgress: ({ fraction = 0 }) => fraction >= 0.05 && controller.abort(),
    });
    expect(report.complete).toBe(false);
    expect(isMeasured(report.policy.stages.total)).toBe(true);
    expect(report.policy.inferencesPerSecond).toBeUndefined();
    expect(benchSvg(report)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('that is interrupted while it loads has nothing to tell', async () => {
    const controller = new AbortController();
    const load = vi.spyOn(JetsonVLAEngine, 'load');
    onTestFinished(() => load.mockRestore());
    const bench = benchPolicy(PICK, { signal: controller.signal, onProgress: () => controller.abort() });
    expect((await rejectionOf(bench)).code).toBe('ABORTED');
    expect(load).toHaveBeenCalledWith(PICK, expect.objectContaining({ signal: controller.signal }));
    expect(await scratchFolders()).toEqual([]);
  });

  it.each([
    [{ durationS: 0 }],
    [{ durationS: Number.NaN }],
    [{ rateHz: 0 }],
    [{ rateHz: 2000 }],
    [{ precision: 'float99' }],
  ])('refuses %j', async (options) => {
    expect((await rejectionOf(benchPolicy(PICK, options))).code).toBe('INVALID_ARGUMENT');
  });

  it('passes on what the policy does not take', async () => {
    const bench = benchPolicy(PICK, { ...QUICK, instruction: 'dance wildly' });
    expect((await rejectionOf(bench)).code).toBe('UNKNOWN_WORDS');
  });
});
