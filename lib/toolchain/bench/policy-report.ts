import { modelsOf } from '../../policy/manifest-stages.js';
import { distributionOf, median } from './distribution.js';
import { ASSUMED_LIMITS } from './guard-limits.js';
import { histogramOf } from './histogram.js';
import type { MeasuredPolicy } from './measured-policy.js';
import type { GuardReport, Jitter, Measured, PolicyReport, Stage } from './report.js';
import { settledAfter } from './warm-up.js';

/** @param rateHz the rate that the policy was to be run at */
export function policyReport(measured: MeasuredPolicy, rateHz: number): PolicyReport {
  const { target, engine, loading, questions, curve, stages } = measured;
  const { id, name } = engine.policy;
  return {
    target: target.name,
    id,
    name,
    backend: engine.backend,
    precision: precisionOf(measured),
    observations: questions.source,
    loadMs: loading.ms,
    firstInferenceMs: curve[0],
    warmUp: { ms: curve, settledAfter: settledAfter(curve, median(measured.inferenceTimes)) },
    stages: {
      decode: stageReport(measured, 'decode', questions.notDecoded),
      preprocess: stageReport(measured, 'preprocess'),
      infer: stageReport(measured, 'infer'),
      postprocess: stageReport(measured, 'postprocess'),
      guard: stageReport(measured, 'guard', measured.notGuarded),
      command: stageReport(measured, 'command', measured.notGuarded ?? refusal(measured)),
      total: stageReport(measured, 'total'),
    },
    histogram: histogramOf(stages.total),
    guard: guardReport(measured),
    inferencesPerSecond: measured.inferencesPerSecond,
    eventLoopDelay: distributionOf(measured.eventLoopDelays),
    jitter: jitterReport(measured, rateHz),
    memory: {
      rssBeforeLoad: loading.rssBefore,
      rssAfterLoad: loading.rssAfter,
      rssPeak: process.resourceUsage().maxRSS * 1024,
      device: engine.deviceMemoryBytes,
    },
    warnings: loading.warnings,
  };
}

/** The rate that a robot asks such a policy at: it runs some waypoints of each chunk, and each takes its time. */
export function ownRateHz({ engine }: MeasuredPolicy): number {
  const { dt, execute } = engine.policy.manifest.chunk;
  return 1 / (dt * execute);
}

function stageReport(measured: MeasuredPolicy, stage: Stage, why = 'interrupted') {
  return distributionOf(measured.stages[stage]) ?? { notMeasured: why };
}

/** Why the guards let nothing through. */
function refusal({ judged }: MeasuredPolicy): string | undefined {
  const why = firstProblem(judged);
  return why === undefined ? undefined : `the guards sent no chunk: ${why}`;
}

function guardReport({ judged, notGuarded }: MeasuredPolicy): Measured<GuardReport> {
  if (notGuarded !== undefined) return { notMeasured: notGuarded };
  const outcomes: Record<string, number> = {};
  for (const { outcome } of judged) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    limits: `position ranges of the policy; ${ASSUMED_LIMITS}; no collision model`,
    outcomes,
    why: firstProblem(judged),
  };
}

function firstProblem(judged: MeasuredPolicy['judged']): string | undefined {
  return judged.find(({ why }) => why !== undefined)?.why;
}

function jitterReport({ periods }: MeasuredPolicy, rateHz: number): Measured<Jitter> {
  const distribution = periods && distributionOf(periods.ms);
  if (periods === undefined || distribution === undefined)
    return {
      notMeasured: `there is no time for five periods of ${round(1 / rateHz)} s: a longer --duration, or another --rate`,
    };
  return {
    rateHz: periods.rateHz,
    periods: distribution,
    p99AboveMedianMs: distribution.p99 - distribution.p50,
    missed: periods.missed,
  };
}

function precisionOf({ target, engine }: MeasuredPolicy): string | undefined {
  if (target.options.precision !== undefined) return target.options.precision;
  // The manifest of a bare model is made up, and so is the precision in it.
  if (/\.(onnx|engine|plan)$/i.test(engine.policy.path)) return undefined;
  const format = engine.backend === 'tensorrt' ? 'engine' : 'onnx';
  const artifacts = modelsOf(engine.policy.manifest.stages)[0]?.model.artifacts ?? [];
  return artifacts.find((artifact) => artifact.format === format)?.precision;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
