import type { Rcl } from '../rcl.js';
import { expectation, type ParameterSpec, rosType } from './parameter-spec.js';

/**
 * The descriptor under which a parameter is declared, for `ros2 param describe`.
 *
 * Two of rclnodejs's methods are replaced. Its own check refuses values with a sentence that says nothing ("does not
 * readonly"), lets NaN pass, and comes before any callback: ours checks all of it and gives the reason. Its own message
 * leaves the ranges out.
 */
export function parameterDescriptor(rcl: Rcl, name: string, spec: ParameterSpec): object {
  const { description } = spec;
  const readOnly = spec.change === 'read-only';
  const descriptor = new rcl.ParameterDescriptor(name, rosType(spec), description, readOnly);
  return Object.assign(descriptor, {
    validateParameter: () => {},
    toMessage: () => ({
      name,
      type: rosType(spec),
      description,
      additional_constraints: constraints(spec),
      read_only: readOnly,
      ...range(spec),
    }),
  });
}

function constraints(spec: ParameterSpec): string {
  const when = spec.change === 'unconfigured' ? ', changed while the node is unconfigured' : '';
  return `${expectation(spec)}${when}`;
}

function range(spec: ParameterSpec): object {
  if (spec.type !== 'double' && spec.type !== 'integer') return {};
  const { type, min, max } = spec;
  if (min === undefined && max === undefined) return {};
  if (type === 'double') {
    const [from_value, to_value] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
    return { floating_point_range: [{ from_value, to_value, step: 0 }] };
  }
  const from_value = BigInt(min ?? Number.MIN_SAFE_INTEGER);
  const to_value = BigInt(max ?? Number.MAX_SAFE_INTEGER);
  return { integer_range: [{ from_value, to_value, step: 1n }] };
}
