import type { ControlMode } from './control-episode.js';
import type { ControlCell } from './control-summary.js';

const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 56, right: 430, top: 40, bottom: 330 };
const LEGEND = { left: 455, top: 60, row: 44 };
/** Readable on white and on black. */
const INK = '#808890';
const COLORS: Readonly<Record<ControlMode, string>> = {
  sync: '#d1495b',
  replace: '#3a86c8',
  weightedAverage: '#2a9d6f',
  average: '#6a9a3a',
  conservative: '#8a7a50',
  ensemble: '#c98a1b',
  fusion: '#9b6bd3',
};

/** Mean time to completion over the delay of an inference, one line per mode, with the success rates: an SVG image. */
export function controlPlot(cells: readonly ControlCell[]): string {
  const delays = [...new Set(cells.map(({ delayMs }) => delayMs))].sort((a, b) => a - b);
  const modes = [...new Set(cells.map(({ mode }) => mode))];
  const most = Math.max(1, ...cells.map(({ meanS }) => meanS ?? 0));
  const topS = Math.ceil(2 * most) / 2;
  const lastDelay = delays.at(-1) || 1;
  const x = (delayMs: number) => PLOT.left + 12 + ((PLOT.right - PLOT.left - 24) * delayMs) / lastDelay;
  const y = (seconds: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * seconds) / topS;
  const lines = modes.map((mode, index) => {
    const own = delays.flatMap((delayMs) =>
      cells.filter((cell) => cell.mode === mode && cell.delayMs === delayMs),
    );
    const points = own.flatMap(({ delayMs, meanS }) =>
      meanS === null ? [] : [[x(delayMs), y(meanS)] as const],
    );
    return series(
      mode,
      index,
      points,
      own.map(({ successRate }) => successRate),
    );
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    '<title>Time to completion over inference delay, by way of control</title>',
    text(PLOT.left - 40, 22, 'mean time from the first look to the lifted block, s'),
    ...ticks(topS).flatMap((seconds) => [
      line(PLOT.left, y(seconds), PLOT.right, y(seconds), seconds === 0 ? 1 : 0.3),
      text(PLOT.left - 8, y(seconds) + 4, seconds.toFixed(1), 'end'),
    ]),
    ...delays.map((delayMs) => text(x(delayMs), PLOT.bottom + 20, `${delayMs}`, 'middle')),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 40, 'delay of each inference, ms', 'middle'),
    text(LEGEND.left, LEGEND.top - 22, `success at ${delays.join(', ')} ms`),
    ...lines,
    '</svg>',
  ].join('\n')}\n`;
}

function series(
  mode: ControlMode,
  index: number,
  points: readonly (readonly [number, number])[],
  rates: readonly number[],
): string {
  const color = COLORS[mode];
  const path = points.map(([px, py]) => `${round(px)},${round(py)}`).join(' ');
  const top = LEGEND.top + index * LEGEND.row;
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...points.map(([px, py]) => `<circle cx="${round(px)}" cy="${round(py)}" r="3.5" fill="${color}"/>`),
    `<line x1="${LEGEND.left}" y1="${top - 4}" x2="${LEGEND.left + 22}" y2="${top - 4}" stroke="${color}" stroke-width="3"/>`,
    text(LEGEND.left + 30, top, mode),
    text(LEGEND.left + 30, top + 17, rates.map((rate) => `${(100 * rate).toFixed(1)} %`).join(',  ')),
  ].join('\n');
}

/** Every half second up to the top, or every whole one where that would be crowded. */
function ticks(topS: number): readonly number[] {
  const step = topS > 4 ? Math.ceil(topS / 8) : 0.5;
  return Array.from({ length: Math.floor(topS / step) + 1 }, (_, index) => index * step);
}

function line(x1: number, y1: number, x2: number, y2: number, opacity: number): string {
  return `<line x1="${x1}" y1="${round(y1)}" x2="${x2}" y2="${round(y2)}" stroke="${INK}" stroke-opacity="${opacity}"/>`;
}

function text(atX: number, atY: number, content: string, anchor = 'start'): string {
  return `<text x="${round(atX)}" y="${round(atY)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
