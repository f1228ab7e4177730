import { linearScale, niceTicks } from '../../report/axis.js';
import { line, polyline, rect, SERIES_COLORS, svgDocument, text } from '../../report/svg.js';
import type { Distribution } from './distribution.js';
import { type BenchReport, isMeasured, type PolicyReport, STAGES, type Stage } from './report.js';

const WIDTH = 760;
const LEFT = 112;
const PLOT_WIDTH = 520;
const BAR = 14;
const GAP = 12;
const HEAD = 78;
const CURVE_HEIGHT = 150;

interface Series {
  readonly name: string;
  readonly color: string;
  readonly policy: PolicyReport;
}

/**
 * The stages as bars (p50, and fainter up to p99) and the latencies of the warm-up as a curve, for one policy or two: an
 * SVG image.
 */
export function benchSvg({ policy, other, machine }: BenchReport): string {
  const series = [policy, ...(other === undefined ? [] : [other])].map(
    (each, index): Series => ({
      name: each.target,
      color: SERIES_COLORS[index % SERIES_COLORS.length] ?? SERIES_COLORS[0],
      policy: each,
    }),
  );
  const rowHeight = series.length * BAR + GAP;
  const curveTop = HEAD + STAGES.length * rowHeight + 86;
  const title = `Latency of ${series.map(({ name }) => name).join(' and ')}`;
  return svgDocument(
    {
      width: WIDTH,
      height: curveTop + CURVE_HEIGHT + 46,
      title,
      description: series.map(inWords).join('; '),
    },
    [
      text(16, 28, 'Where the time goes', { size: 16, bold: true }),
      text(16, 46, `${machine.board ?? machine.cpu}, ${machine.cores} cores`, { size: 12 }),
      ...legend(series),
      ...stageBars(series, rowHeight),
      ...warmUpCurves(series, curveTop),
    ],
  );
}

function legend(series: readonly Series[]): string[] {
  return series.flatMap(({ name, color, policy: { precision } }, index) => {
    const y = 28 + index * 18;
    const label = precision === undefined || name.endsWith(`@${precision}`) ? name : `${name} (${precision})`;
    return [rect(330, y - 10, 12, 12, { fill: color }), text(348, y, shortened(label), { size: 12 })];
  });
}

function stageBars(series: readonly Series[], rowHeight: number): string[] {
  const longest = Math.max(
    0,
    ...series.flatMap(({ policy }) => STAGES.map((stage) => timesOf(policy, stage)?.p99 ?? 0)),
  );
  const ticks = niceTicks(longest);
  const scale = linearScale([0, ticks.at(-1) ?? 1], [LEFT, LEFT + PLOT_WIDTH]);
  const bottom = HEAD + STAGES.length * rowHeight;
  const grid = ticks.flatMap((tick) => [
    line([scale(tick), HEAD - 6], [scale(tick), bottom], { opacity: 0.25 }),
    text(scale(tick), bottom + 18, `${tick}`, { anchor: 'middle', size: 12 }),
  ]);
  const rows = STAGES.flatMap((stage, row) => {
    const top = HEAD + row * rowHeight;
    const name = text(LEFT - 10, top + (series.length * BAR) / 2 + 4, stage, {
      anchor: 'end',
      bold: stage === 'total',
    });
    return [name, ...series.flatMap((each, index) => stageBar(each, stage, top + index * BAR, scale))];
  });
  const unit = text(LEFT + PLOT_WIDTH, bottom + 36, 'ms: p50, fainter up to p99', {
    anchor: 'end',
    size: 12,
  });
  return [...grid, ...rows, unit];
}

function stageBar(
  { name, color, policy }: Series,
  stage: Stage,
  top: number,
  scale: (ms: number) => number,
): string[] {
  const times = timesOf(policy, stage);
  const label = (x: number, content: string) => text(x + 6, top + BAR - 3, content, { size: 11 });
  if (times === undefined) return [label(LEFT, 'not measured')];
  const { p50, p99 } = times;
  const figures = `${p50.toFixed(2)}, ${p99.toFixed(2)}`;
  return [
    rect(LEFT, top + BAR / 4, scale(p99) - LEFT, BAR / 2, { fill: color, opacity: 0.4 }),
    rect(LEFT, top + 1, scale(p50) - LEFT, BAR - 2, {
      fill: color,
      title: `${name}, ${stage}: ${figures} ms`,
    }),
    label(scale(p99), figures),
  ];
}

function warmUpCurves(series: readonly Series[], top: number): string[] {
  const longest = Math.max(2, ...series.map(({ policy }) => policy.warmUp.ms.length));
  const ticks = niceTicks(Math.max(0, ...series.flatMap(({ policy }) => policy.warmUp.ms)), 3);
  const bottom = top + CURVE_HEIGHT;
  const x = linearScale([1, longest], [LEFT, LEFT + PLOT_WIDTH]);
  const y = linearScale([0, ticks.at(-1) ?? 1], [bottom, top]);
  return [
    text(16, top - 16, 'Warm-up: the first inferences, ms', { bold: true }),
    ...ticks.flatMap((tick) => [
      line([LEFT, y(tick)], [LEFT + PLOT_WIDTH, y(tick)], { opacity: 0.25 }),
      text(LEFT - 10, y(tick) + 4, `${tick}`, { anchor: 'end', size: 12 }),
    ]),
    ...[1, longest].map((count) => text(x(count), bottom + 18, `${count}`, { anchor: 'middle', size: 12 })),
    ...series.map(({ color, policy }) =>
      polyline(
        policy.warmUp.ms.map((ms, index) => [x(index + 1), y(ms)]),
        { color },
      ),
    ),
  ];
}

function timesOf({ stages }: PolicyReport, stage: Stage): Distribution | undefined {
  const times = stages[stage];
  return isMeasured(times) ? times : undefined;
}

function inWords({ name, policy }: Series): string {
  const stages = STAGES.map((stage) => {
    const times = timesOf(policy, stage);
    return times === undefined
      ? `${stage} not measured`
      : `${stage} p50 ${times.p50.toFixed(3)} ms, p99 ${times.p99.toFixed(3)} ms`;
  });
  return `${name}: ${stages.join(', ')}`;
}

function shortened(name: string): string {
  return name.length > 52 ? `…${name.slice(-51)}` : name;
}
