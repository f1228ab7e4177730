import type { Deviation } from '../deviation.js';
import type { ComparedModel, ModelComparison } from './compare-models.js';

/** What matters on the robot where it is known: the actions; else the outputs as they are. */
export function errorsOf({ actions, outputs }: ComparedModel): Deviation | undefined {
  return actions ?? outputs;
}

/** What the errors are errors of, on one line; undefined where there are none. */
export function describeErrors({ reference, samples, models }: ModelComparison): string | undefined {
  const other = models.find((model) => errorsOf(model) !== undefined);
  if (other === undefined || samples === undefined) return undefined;
  const { source, count } = samples;
  const inputs = `${count} ${source} ${source === 'random' ? 'input' : 'observation'}${count === 1 ? '' : 's'}`;
  const what = other.actions ? 'of the actions (rad, m, gripper 0 … 1)' : 'of the raw outputs';
  return `Errors ${what} from those of ${reference}, over ${inputs}.`;
}

/** Three significant digits; digits before the point are all kept. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 1e-3) return Number(value.toPrecision(3)).toString();
  return value.toExponential(2);
}
