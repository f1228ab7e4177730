import { linearScale } from '../../report/axis.js';
import { INK, line, rect, SERIES_COLORS, svgDocument, text } from '../../report/svg.js';
import type { ComparedModel, ModelComparison } from './compare-models.js';
import { describeErrors, errorsOf, figure } from './comparison-text.js';

const LABELS = { left: 16, characters: 24 };
const PANELS = { left: 210, width: 190, gap: 20, top: 74 };
const ROW = 30;
const BAR = 16;
/** For the figure behind the longest bar. */
const FIGURE_WIDTH = 92;
const WIDTH = PANELS.left + 3 * PANELS.width + 2 * PANELS.gap + 16;

interface Panel {
  readonly title: string;
  readonly color: string;
  /** Length of the bar; undefined where there is nothing to show. */
  readonly value: (model: ComparedModel) => number | undefined;
  /** Of a fainter bar behind it. */
  readonly beyond?: (model: ComparedModel) => number | undefined;
  readonly label: (model: ComparedModel) => string;
}

const [SIZE_COLOR, ERROR_COLOR, LATENCY_COLOR] = SERIES_COLORS;

const PANEL_LIST: readonly Panel[] = [
  {
    title: 'Size, MB',
    color: SIZE_COLOR,
    value: ({ megabytes }) => megabytes,
    label: ({ megabytes }) => figure(megabytes),
  },
  {
    title: 'Largest error',
    color: ERROR_COLOR,
    value: (model) => errorsOf(model)?.maxAbs,
    label: (model) => {
      const errors = errorsOf(model);
      return errors ? figure(errors.maxAbs) : '–';
    },
  },
  {
    title: 'Latency p50, p99, ms',
    color: LATENCY_COLOR,
    value: ({ latencyMs }) => latencyMs?.p50,
    beyond: ({ latencyMs }) => latencyMs?.p99,
    label: ({ latencyMs }) => (latencyMs ? `${figure(latencyMs.p50)}, ${figure(latencyMs.p99)}` : '–'),
  },
];

/** A row for each model with bars for its size, its largest error and its latency: an SVG image. */
export function comparisonPlot(comparison: ModelComparison): string {
  const { models, reference = '' } = comparison;
  const height = PANELS.top + models.length * ROW + 46;
  const rows = models.flatMap((model, index) => [
    text(LABELS.left, baseline(index), shortened(model.name)),
    ...PANEL_LIST.flatMap((panel, column) => bars(panel, left(column), model, models, index)),
  ]);
  const headings = PANEL_LIST.flatMap((panel, column) => [
    text(left(column), PANELS.top - 12, panel.title, { bold: true }),
    line([left(column), PANELS.top - 4], [left(column), PANELS.top + models.length * ROW], { opacity: 0.6 }),
  ]);
  const note = describeErrors({ ...comparison, reference: shortened(reference) });
  return svgDocument(
    {
      width: WIDTH,
      height,
      title: `Comparison of ${models.map(({ name }) => name).join(', ')}`,
      description: models.map(inWords).join('; '),
    },
    [
      text(LABELS.left, 30, 'Models side by side', { size: 16, bold: true }),
      ...headings,
      ...rows,
      ...(note === undefined ? [] : [text(LABELS.left, height - 16, note, { size: 12 })]),
    ],
  );
}

function bars(
  { color, value, beyond, label }: Panel,
  x: number,
  model: ComparedModel,
  models: readonly ComparedModel[],
  index: number,
): string[] {
  const lengths = models.flatMap((each) => [value(each), beyond?.(each)]).filter(isDrawn);
  const scale = linearScale([0, Math.max(...lengths, 0)], [0, PANELS.width - FIGURE_WIDTH]);
  const y = PANELS.top + index * ROW + (ROW - BAR) / 2;
  const [length, far] = [value(model), beyond?.(model)].map((size) =>
    isDrawn(size) ? scale(size) : undefined,
  );
  const end = Math.max(length ?? 0, far ?? 0);
  return [
    ...(far === undefined ? [] : [rect(x, y + BAR / 4, far, BAR / 2, { fill: color, opacity: 0.45 })]),
    ...(length === undefined ? [] : [rect(x, y, length, BAR, { fill: color, title: inWords(model) })]),
    text(x + end + 6, baseline(index), label(model), { color: INK }),
  ];
}

function inWords(model: ComparedModel): string {
  const { name, megabytes, latencyMs, unavailable } = model;
  const errors = errorsOf(model);
  return [
    `${name}: ${figure(megabytes)} MB`,
    ...(errors ? [`largest error ${figure(errors.maxAbs)}`] : []),
    ...(latencyMs ? [`latency p50 ${figure(latencyMs.p50)} ms, p99 ${figure(latencyMs.p99)} ms`] : []),
    ...(unavailable ? ['cannot run on this machine'] : []),
  ].join(', ');
}

function isDrawn(value: number | undefined): value is number {
  return Number.isFinite(value);
}

function left(column: number): number {
  return PANELS.left + column * (PANELS.width + PANELS.gap);
}

function baseline(index: number): number {
  return PANELS.top + index * ROW + ROW / 2 + 4.5;
}

/** Names of models differ at the end, in the precision, as often as at the start. */
function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= LABELS.characters) return name;
  const half = (LABELS.characters - 2) / 2;
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}
