import type { Histogram } from '../toolchain/bench/histogram.js';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const COLUMNS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar for each bin, lines of at most `columns` characters, each with its newline; nothing without bins. */
export function histogramLines({ bins }: Histogram, columns = 80): string[] {
  const most = bins.reduce((largest, { count }) => Math.max(largest, count), 0);
  const labels = bins.map(({ fromMs, toMs }) => `${figure(fromMs)} … ${figure(toMs)}`);
  const labelWidth = Math.max(0, ...labels.map((label) => label.length));
  const countWidth = `${most}`.length;
  const barWidth = Math.max(1, columns - labelWidth - countWidth - 6);
  return bins.map(({ count }, index) => {
    const label = (labels[index] ?? '').padStart(labelWidth);
    return `  ${label}  ${`${count}`.padStart(countWidth)}  ${bar((count / most) * barWidth)}`.trimEnd();
  });
}

/** Values as columns of one line, from 0 up to the largest. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  return values
    .map((value) => COLUMNS[Math.min(COLUMNS.length - 1, Math.floor((value / most) * COLUMNS.length))])
    .join('');
}

/** Milliseconds with three digits that count, such as `0.0412`, `4.12` and `412`. */
export function figure(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}`;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

/** @param length in characters; what is more than none is seen */
function bar(length: number): string {
  const whole = Math.floor(length);
  const part = EIGHTHS[Math.round((length - whole) * 8) % 8] ?? '';
  const drawn = `${'█'.repeat(whole)}${part}`;
  return drawn === '' && length > 0 ? '▏' : drawn;
}
