import { expectation, type ParameterSpec, rosType } from '../ros/node/parameter-spec.js';
import { acceptedValue } from '../ros/node/parameter-value.js';
import type { ParameterValues } from '../ros/node/vla-parameter-set.js';
import { VLA_PARAMETERS } from '../ros/node/vla-parameters.js';
import { usageError } from './usage.js';

const SPECS: ReadonlyMap<string, ParameterSpec> = new Map(Object.entries(VLA_PARAMETERS));

export interface RosArguments {
  readonly parameters: ParameterValues;
  /** The flags that were given, without the dashes. */
  readonly flags: ReadonlySet<string>;
  /** `--ros-args` and all that stands after it, for ROS itself. */
  readonly rosArgs: readonly string[];
}

/**
 * Reads `--name value`, `--name=value` and, for true, `--name` as parameters of the node, with dashes for underscores.
 *
 * @param allowedFlags options that are no parameters
 * @throws VLAError INVALID_ARGUMENT
 */
export function parseRosArguments(
  args: readonly string[],
  allowedFlags: readonly string[] = [],
): RosArguments {
  const end = args.indexOf('--ros-args');
  const rosArgs = end < 0 ? [] : args.slice(end);
  const own = end < 0 ? [...args] : args.slice(0, end);
  const values = new Map<string, unknown>();
  const flags = new Set<string>();
  for (let option = own.shift(); option !== undefined; option = own.shift()) {
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(option);
    const [name = '', inline] = match?.slice(1) ?? [];
    if (match === null) throw usageError('ros', `expected an option, got ${option}`);
    if (allowedFlags.includes(name) && inline === undefined) {
      flags.add(name);
      continue;
    }
    const parameter = name.replaceAll('-', '_');
    const spec = SPECS.get(parameter);
    if (spec === undefined) throw usageError('ros', `there is no option --${name}`);
    const text = inline ?? takeValue(own, spec, name);
    values.set(parameter, checked(spec, name, text));
  }
  const parameters: Record<string, unknown> = Object.fromEntries(values);
  if (!areParameters(parameters)) throw new TypeError('a checked parameter is not one');
  return { parameters, flags, rosArgs };
}

function takeValue(rest: string[], spec: ParameterSpec, name: string): string {
  const next = rest[0];
  if (spec.type === 'bool' && next !== 'true' && next !== 'false') return 'true';
  if (next === undefined || next.startsWith('--'))
    throw usageError('ros', `--${name}: expected ${expectation(spec)}, got nothing`);
  rest.shift();
  return next;
}

function checked(spec: ParameterSpec, name: string, text: string): unknown {
  const value = acceptedValue(spec, { type: rosType(spec), value: read(spec, text) });
  if (value === undefined) throw usageError('ros', `--${name}: expected ${expectation(spec)}, got ${text}`);
  return value;
}

function read(spec: ParameterSpec, text: string): unknown {
  switch (spec.type) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'integer':
    case 'double':
      return number(text);
    case 'double_array':
      return list(text).map(number);
    case 'string_array':
      return list(text);
    case 'string':
      return text;
  }
}

function list(text: string): string[] {
  return text === '' ? [] : text.split(',').map((element) => element.trim());
}

/** Number('') is 0. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function areParameters(values: Readonly<Record<string, unknown>>): values is ParameterValues {
  return Object.entries(values).every(([name, value]) => {
    const spec = SPECS.get(name);
    return spec !== undefined && acceptedValue(spec, { type: rosType(spec), value }) !== undefined;
  });
}
