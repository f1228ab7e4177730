import { PARAMETER_TYPE } from '../../../../lib/ros/rcl.js';

const NOT_SET = 0;
const BYTE_ARRAY = 5;

const ELEMENT_TYPES: Readonly<Record<number, string>> = {
  [PARAMETER_TYPE.boolArray]: 'boolean',
  [PARAMETER_TYPE.integerArray]: 'bigint',
  [PARAMETER_TYPE.doubleArray]: 'number',
  [PARAMETER_TYPE.stringArray]: 'string',
  [BYTE_ARRAY]: 'number',
};

const VALUE_TYPES: Readonly<Record<number, string>> = {
  [PARAMETER_TYPE.bool]: 'boolean',
  [PARAMETER_TYPE.integer]: 'bigint',
  [PARAMETER_TYPE.double]: 'number',
  [PARAMETER_TYPE.string]: 'string',
};

export class Parameter {
  #value: unknown;

  constructor(
    readonly name: string,
    readonly type: number,
    value?: unknown,
  ) {
    this.#value = type === PARAMETER_TYPE.integer ? integer(value) : value;
    this.validate();
  }

  get value(): unknown {
    return this.#value;
  }

  set value(value: unknown) {
    this.#value = Array.isArray(value) && value.length === 0 ? null : value;
    this.validate();
  }

  validate(): void {
    if (typeof this.name !== 'string' || this.name.trim() === '')
      throw new TypeError('name must be a non-empty string');
    if (!Number.isInteger(this.type) || this.type < NOT_SET || this.type > PARAMETER_TYPE.stringArray)
      throw new Error(`Invalid parameter type of ${this.name}`);
    if (!this.#valid())
      throw new TypeError(`Parameter ${this.name}: a value of type ${this.type} was expected`);
  }

  #valid(): boolean {
    const value = this.#value;
    if (value === null || value === undefined) return this.type === NOT_SET;
    const element = ELEMENT_TYPES[this.type];
    if (element === undefined) return typeof value === VALUE_TYPES[this.type];
    return Array.isArray(value) && value.every((item) => typeof item === element);
  }
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string')
    return BigInt(value);
  throw new TypeError(`Cannot convert ${String(value)} to a BigInt`);
}

const TOLERANCE = 1e-6;

export class FloatingPointRange {
  constructor(
    readonly fromValue: number,
    readonly toValue: number,
    readonly step = 1,
  ) {}

  isValidType(type: number): boolean {
    return type === PARAMETER_TYPE.double || type === PARAMETER_TYPE.doubleArray;
  }

  inRange(value: unknown): boolean {
    // An array is compared as a whole, which only a range without steps lets pass.
    if (Array.isArray(value) && (this.step !== 0 || value.length !== 1)) return this.step === 0;
    const number = Number(value);
    const low = Math.min(this.fromValue, this.toValue);
    const high = Math.max(this.fromValue, this.toValue);
    if (isClose(number, low) || isClose(number, high)) return true;
    if (number < low || number > high) return false;
    // The default step is 1: without a step of 0 only whole distances from the lower end are in range.
    return this.step === 0 || isClose(low + Math.round((number - low) / this.step) * this.step, number);
  }
}

function isClose(a: number, b: number): boolean {
  return (
    Number.isFinite(a) &&
    Number.isFinite(b) &&
    Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
  );
}

export class IntegerRange {
  constructor(
    readonly fromValue: bigint,
    readonly toValue: bigint,
    readonly step = 1n,
  ) {}

  isValidType(type: number): boolean {
    return type === PARAMETER_TYPE.integer || type === PARAMETER_TYPE.integerArray;
  }

  inRange(value: unknown): boolean {
    if (typeof value !== 'bigint') return this.step === 0n;
    if (value < this.fromValue || value > this.toValue) return false;
    return this.step === 0n || (value - this.fromValue) % this.step === 0n;
  }
}

export type ParameterRange = FloatingPointRange | IntegerRange;

export class ParameterDescriptor {
  readonly range: ParameterRange | undefined;

  constructor(
    readonly name: string,
    readonly type: number = NOT_SET,
    readonly description = 'no description',
    readonly readOnly = false,
    range: object | null = null,
  ) {
    if (range !== null && !(range instanceof FloatingPointRange || range instanceof IntegerRange))
      throw new TypeError('range must be a FloatingPointRange or an IntegerRange');
    this.range = range ?? undefined;
    if (this.range && !this.range.isValidType(type)) throw new Error('Incompatible Range for parameter type');
  }

  /** A method of the object, as in rclnodejs: who declares a parameter may bring another one. */
  validateParameter(parameter: Parameter): void {
    if (this.type !== parameter.type) throw new TypeError(`${this.name} has another type`);
    if (this.range?.inRange(parameter.value) === false) throw new RangeError(`${this.name} is out of range`);
  }

  /** Without ranges, although there may be some: rclnodejs reads them from a field that it never sets. */
  toMessage(): object {
    const { name, type, description, readOnly } = this;
    return { name, type, description, read_only: readOnly };
  }
}
