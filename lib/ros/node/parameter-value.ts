import { PARAMETER_TYPE, type RclParameter } from '../rcl.js';
import type { NumberSpec, ParameterSpec, ParameterValue } from './parameter-spec.js';

/** rcl_interfaces/msg/ParameterType of a value that is not there; an empty list in YAML has it too. */
const NOT_SET = 0;

/**
 * The value of a ROS parameter in JavaScript's types if it satisfies its spec, undefined if not. Whole numbers stand
 * for doubles, since YAML makes an integer of `10`.
 */
export function acceptedValue(spec: ParameterSpec, { type, value }: Pick<RclParameter, 'type' | 'value'>) {
  const given = type === NOT_SET ? [] : value;
  return satisfying(spec, given);
}

/** The value as rclnodejs takes it. */
export function rosValue(spec: ParameterSpec, value: ParameterValue): unknown {
  if (spec.type === 'integer' && typeof value === 'number') return BigInt(value);
  return Array.isArray(value) ? [...value] : value;
}

/** True for a value of exactly the spec's type: what is set in a running node keeps the type that was declared. */
export function hasDeclaredType(declared: number, { type, value }: RclParameter): boolean {
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return type === declared || (isEmptyList && declared >= PARAMETER_TYPE.boolArray);
}

function satisfying(spec: ParameterSpec, given: unknown): ParameterValue | undefined {
  switch (spec.type) {
    case 'bool':
      return typeof given === 'boolean' ? given : undefined;
    case 'integer':
    case 'double':
      return numberWithin(spec, given);
    case 'string': {
      const text = given === false ? spec.whenFalse : given;
      if (typeof text !== 'string') return undefined;
      return spec.oneOf === undefined || spec.oneOf.includes(text) ? text : undefined;
    }
    case 'double_array': {
      const numbers = listOf(given, finiteNumber);
      const allowed = spec.lengths === undefined || spec.lengths.includes(numbers?.length ?? -1);
      return allowed ? numbers : undefined;
    }
    case 'string_array':
      return listOf(given, (element) => (typeof element === 'string' ? element : undefined));
  }
}

function numberWithin({ type, min, max }: NumberSpec, given: unknown): number | undefined {
  const value = finiteNumber(given);
  if (value === undefined || (type === 'integer' && !Number.isSafeInteger(value))) return undefined;
  const within = value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY);
  return within ? value : undefined;
}

function finiteNumber(given: unknown): number | undefined {
  if (typeof given !== 'number' && typeof given !== 'bigint') return undefined;
  const value = Number(given);
  return Number.isFinite(value) ? value : undefined;
}

function listOf<T>(given: unknown, element: (value: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const elements = given.map(element).filter((value) => value !== undefined);
  return elements.length === given.length ? elements : undefined;
}
