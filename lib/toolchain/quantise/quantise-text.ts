import type { ComparedModel } from '../compare/compare-models.js';
import type { Deviation } from '../deviation.js';
import type { QuantiseReport } from './quantise-options.js';

/** The report for a person. Ends with a newline. */
export function quantiseSummary(report: QuantiseReport): string {
  const { file, precision, original, quantised, exact, success = [] } = report;
  const lines = [
    `Wrote ${file} (${precision}, ${report.tool})`,
    `  size        ${size(original)} → ${size(quantised)}, ${quantised.reductionPercent.toFixed(1)} % smaller`,
    ...(quantised.actions
      ? [`  actions     ${deviation(quantised.actions)}, in rad and 0 … 1 for a gripper`]
      : []),
    ...(quantised.outputs ? [`  outputs     ${deviation(quantised.outputs)}`] : []),
    ...(report.tolerance === undefined ? [] : [`  tolerance   ${report.tolerance}`]),
    ...latency(original, quantised),
    ...(exact.length > 0 ? [`  kept exact  ${exact.join(', ')}`] : []),
    ...success.map(
      ({ condition, episodes, original: before, quantised: after }) =>
        `  success     ${condition}: ${percent(before)} → ${percent(after)} of ${episodes} episodes`,
    ),
    ...report.notes.map((note) => `  note        ${note}`),
  ];
  return `${lines.join('\n')}\n`;
}

function size({ megabytes }: ComparedModel): string {
  return `${megabytes.toFixed(megabytes < 10 ? 2 : 1)} MB`;
}

function deviation({ maxAbs, meanAbs, cosine }: Deviation): string {
  return `off by at most ${maxAbs.toPrecision(3)}, on average ${meanAbs.toPrecision(3)}, cosine ${cosine.toFixed(5)}`;
}

function latency({ latencyMs: before }: ComparedModel, { latencyMs: after }: ComparedModel): string[] {
  return before && after
    ? [`  latency     ${before.p50.toFixed(1)} ms → ${after.p50.toFixed(1)} ms here (half of the inferences)`]
    : [];
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
