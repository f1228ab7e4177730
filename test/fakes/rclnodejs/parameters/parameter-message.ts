import { PARAMETER_TYPE } from '../../../../lib/ros/rcl.js';
import { Parameter, type ParameterDescriptor } from './parameter.js';

/** Fields of rcl_interfaces/msg/ParameterValue by type. */
const VALUE_FIELDS: Readonly<Record<number, string>> = {
  [PARAMETER_TYPE.bool]: 'bool_value',
  [PARAMETER_TYPE.integer]: 'integer_value',
  [PARAMETER_TYPE.double]: 'double_value',
  [PARAMETER_TYPE.string]: 'string_value',
  [PARAMETER_TYPE.boolArray]: 'bool_array_value',
  [PARAMETER_TYPE.integerArray]: 'integer_array_value',
  [PARAMETER_TYPE.doubleArray]: 'double_array_value',
  [PARAMETER_TYPE.stringArray]: 'string_array_value',
};

export interface ParameterMessage {
  readonly name: string;
  readonly value: { readonly type: number } & Readonly<Record<string, unknown>>;
}

export function parameterFromMessage({ name, value }: ParameterMessage): Parameter {
  const field = VALUE_FIELDS[value.type];
  if (field === undefined) return new Parameter(name, 0);
  const given = value[field];
  return new Parameter(
    name,
    value.type,
    ArrayBuffer.isView(given) && given instanceof Float64Array ? [...given] : given,
  );
}

export function valueMessage(parameter: Parameter): object {
  const field = VALUE_FIELDS[parameter.type];
  return field === undefined ? { type: 0 } : { type: parameter.type, [field]: parameter.value };
}

export function descriptorMessage(name: string, descriptor: ParameterDescriptor | undefined): object {
  return descriptor?.toMessage() ?? { name, type: 0, description: 'no description' };
}
