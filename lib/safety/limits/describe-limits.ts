import { LIMIT_QUANTITIES, type LimitQuantity, type LimitStatement } from './limit-source.js';
import type { ResolvedJointLimit } from './resolve-joint.js';
import type { ResolvedJointLimits } from './resolve-limits.js';

const PER_TIME: Readonly<Record<LimitQuantity, string>> = {
  min: '',
  max: '',
  velocity: '/s',
  acceleration: '/s²',
  jerk: '/s³',
};

const HEADER = ['joint', 'quantity', 'value', 'unit', 'from', 'over'];
const VALUE_COLUMN = 2;

/**
 * A table for a terminal, one line per joint and quantity: its value, where it is from, and the values that it won
 * over, tightest first. Values that a source states and switches off are in brackets.
 */
export function describeLimits(limits: ResolvedJointLimits): string {
  const rows = [
    HEADER,
    ...limits.flatMap((limit) => LIMIT_QUANTITIES.map((quantity) => row(limit, quantity))),
  ];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((cells) => [...(cells[column] ?? '')].length)),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => {
          const space = ' '.repeat((widths[column] ?? 0) - [...cell].length);
          return column === VALUE_COLUMN ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function row({ name, unit, provenance }: ResolvedJointLimit, quantity: LimitQuantity): string[] {
  const { value, source, over, switchedOff } = provenance[quantity];
  const others = [...over.map(stated), ...switchedOff.map((statement) => `[${stated(statement)}]`)];
  const first = quantity === LIMIT_QUANTITIES[0];
  return [
    first ? name : '',
    quantity,
    printed(value),
    `${unit}${PER_TIME[quantity]}`,
    source,
    others.join('; '),
  ];
}

function stated({ value, source }: LimitStatement): string {
  return `${printed(value)} ${source}`;
}

/** Six digits are more than any limit is known to, and fewer than rounding errors need. */
function printed(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-∞' : '∞';
  return String(Number(value.toPrecision(6)));
}
