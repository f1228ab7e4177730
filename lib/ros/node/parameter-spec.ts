import { PARAMETER_TYPE } from '../rcl.js';

/**
 * When a parameter may be changed: at any time, only while the node is unconfigured, or never after the start (then
 * the command line and parameter files set it).
 */
export type ChangeKind = 'live' | 'unconfigured' | 'read-only';

interface Common {
  /** For `ros2 param describe`: what it does, with its unit. */
  readonly description: string;
  readonly change: ChangeKind;
}

export interface BoolSpec extends Common {
  readonly type: 'bool';
  readonly default: boolean;
}

export interface NumberSpec extends Common {
  readonly type: 'integer' | 'double';
  readonly default: number;
  /** Smallest and largest allowed value, both included. */
  readonly min?: number;
  readonly max?: number;
}

export interface StringSpec extends Common {
  readonly type: 'string';
  readonly default: string;
  /** The allowed values; any without. */
  readonly oneOf?: readonly string[];
  /** YAML reads an unquoted `off` or `no` as false: the value that is meant by it. */
  readonly whenFalse?: string;
}

export interface DoubleArraySpec extends Common {
  readonly type: 'double_array';
  readonly default: readonly number[];
  /** How many elements it may have; any number without. */
  readonly lengths?: readonly number[];
}

export interface StringArraySpec extends Common {
  readonly type: 'string_array';
  readonly default: readonly string[];
}

export type ParameterSpec = BoolSpec | NumberSpec | StringSpec | DoubleArraySpec | StringArraySpec;
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

export type ParameterValue = boolean | number | string | readonly number[] | readonly string[];

/** The type of a parameter's value; for a choice, the union of its words. */
export type ValueOf<S extends ParameterSpec> = S extends { type: 'bool' }
  ? boolean
  : S extends { type: 'integer' | 'double' }
    ? number
    : S extends { type: 'string'; oneOf: readonly (infer Choice extends string)[] }
      ? Choice
      : S extends { type: 'string' }
        ? string
        : S extends { type: 'double_array' }
          ? readonly number[]
          : readonly string[];

/** The type as rcl_interfaces/msg/ParameterType has it. */
export function rosType({ type }: ParameterSpec): number {
  switch (type) {
    case 'double_array':
      return PARAMETER_TYPE.doubleArray;
    case 'string_array':
      return PARAMETER_TYPE.stringArray;
    default:
      return PARAMETER_TYPE[type];
  }
}

/** What the value must be, as a noun with its limits. */
export function expectation(spec: ParameterSpec): string {
  switch (spec.type) {
    case 'bool':
      return 'true or false';
    case 'integer':
      return `a whole number${limits(spec)}`;
    case 'double':
      return `a number${limits(spec)}`;
    case 'string':
      return spec.oneOf ? `one of ${spec.oneOf.map((choice) => `"${choice}"`).join(', ')}` : 'a string';
    case 'double_array':
      return `a list of ${spec.lengths ? `${spec.lengths.join(' or ')} ` : ''}numbers`;
    case 'string_array':
      return 'a list of strings';
  }
}

function limits({ min, max }: NumberSpec): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of ${min} or more`;
  return max === undefined ? '' : ` of ${max} or less`;
}
