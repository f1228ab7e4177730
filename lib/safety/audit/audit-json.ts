import { VLAError } from '../../errors.js';

/** What JSON can say, with every double. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Deeper nesting is taken for a value that contains itself. */
const MAX_DEPTH = 200;

/** The key of `{"$number":"-0"}`, which stands for a number that JSON has no text for. */
const NUMBER_KEY = '$number';
/** Keys that could be confused with it: they are written with one more `$`. */
const LOOKALIKE = /^\$+number$/;

const SPECIAL_NUMBERS: Readonly<Record<string, number>> = {
  '-0': -0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/**
 * JSON text that {@link decodeJson} turns back into an equal value, each double bit for bit (all NaN are one). Keys
 * stand in the order of the object; properties that are undefined are left out.
 *
 * @throws VLAError INVALID_ARGUMENT for what is not plain JSON: typed arrays, class instances, functions, bigints,
 *   undefined in arrays, values that contain themselves
 */
export function encodeJson(value: unknown): string {
  return encode(value, Object.keys, 0);
}

/** As {@link encodeJson} with keys in the order of their UTF-16 code units: equal values, and only these, give equal text. */
export function canonicalJson(value: unknown): string {
  return encode(value, (object) => Object.keys(object).sort(), 0);
}

/** @throws VLAError AUDIT_INVALID for a text that is not from {@link encodeJson} */
export function decodeJson(text: string): JsonValue {
  try {
    return restoreNumbers(JSON.parse(text));
  } catch (error) {
    if (error instanceof VLAError) throw error;
    throw new VLAError('AUDIT_INVALID', `expected JSON, got ${text.slice(0, 40)}`, { cause: error });
  }
}

/** Turns what `JSON.parse` made of an encoded text into the value that was encoded. */
export function restoreNumbers(parsed: unknown): JsonValue {
  if (Array.isArray(parsed)) return parsed.map(restoreNumbers);
  if (typeof parsed === 'object' && parsed !== null) {
    const entries = Object.entries(parsed);
    if (Object.hasOwn(parsed, NUMBER_KEY)) return specialNumber(entries);
    // fromEntries rather than assignment: a key may be `__proto__`.
    return Object.fromEntries(
      entries.map(([key, item]) => [LOOKALIKE.test(key) ? key.slice(1) : key, restoreNumbers(item)]),
    );
  }
  if (isScalar(parsed)) return parsed;
  throw new VLAError('AUDIT_INVALID', `expected a JSON value, got ${typeof parsed}`);
}

function isScalar(value: unknown): value is null | boolean | number | string {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}

function specialNumber(entries: readonly [string, unknown][]): number {
  const name = entries[0]?.[1];
  const value =
    entries.length === 1 && typeof name === 'string' && Object.hasOwn(SPECIAL_NUMBERS, name)
      ? SPECIAL_NUMBERS[name]
      : undefined;
  if (value === undefined)
    throw new VLAError(
      'AUDIT_INVALID',
      `expected {"${NUMBER_KEY}": ${Object.keys(SPECIAL_NUMBERS).join(' | ')}}, got ${JSON.stringify(Object.fromEntries(entries)).slice(0, 80)}`,
    );
  return value;
}

function encode(value: unknown, keysOf: (object: object) => string[], depth: number): string {
  switch (typeof value) {
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return `${value}`;
      return `{"${NUMBER_KEY}":"${Object.is(value, -0) ? '-0' : value}"}`;
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw notJson(typeof value);
  }
  if (value === null) return 'null';
  if (depth > MAX_DEPTH) throw notJson(`values nested more than ${MAX_DEPTH} deep, or in themselves`);
  if (Array.isArray(value)) {
    let text = '[';
    // By index, because iteration by method would skip the holes.
    for (let index = 0; index < value.length; index++)
      text += (index > 0 ? ',' : '') + encode(value[index], keysOf, depth + 1);
    return `${text}]`;
  }
  return encodeObject(value, keysOf, depth);
}

function encodeObject(value: object, keysOf: (object: object) => string[], depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(`a ${value.constructor.name}`);
  let text = '';
  for (const key of keysOf(value)) {
    const item: unknown = Reflect.get(value, key);
    if (item === undefined) continue;
    const name = LOOKALIKE.test(key) ? `$${key}` : key;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${encode(item, keysOf, depth + 1)}`;
  }
  return `{${text}}`;
}

function notJson(what: string): VLAError {
  return new VLAError(
    'INVALID_ARGUMENT',
    `an audit record takes null, booleans, numbers, strings, plain arrays and plain objects, got ${what}`,
    { hint: 'Copy typed arrays with Array.from, and name the properties of objects that have a class.' },
  );
}
