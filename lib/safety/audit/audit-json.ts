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
  return JSON.stringify(sayable(value, 0));
}

/** As {@link encodeJson} with keys in one fixed order: equal values, and only these, give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(sayable(value, 0)));
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

/** The property of an object; undefined where there is none, or no object. */
export function propertyOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Turns what `JSON.parse` made of an encoded text into the value that was encoded. */
export function restoreNumbers(parsed: unknown): JsonValue {
  if (Array.isArray(parsed)) return parsed.map(restoreNumbers);
  if (typeof parsed === 'object' && parsed !== null) {
    const entries = Object.entries(parsed);
    if (Object.hasOwn(parsed, NUMBER_KEY)) return specialNumber(entries);
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

/**
 * A value that `JSON.stringify` writes without loss: the given one itself when it is such, because the engine's own
 * JSON is several times faster than any in JavaScript.
 */
function sayable(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'number':
      if (Object.is(value, -0)) return { [NUMBER_KEY]: '-0' };
      return Number.isFinite(value) ? value : { [NUMBER_KEY]: `${value}` };
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      throw notJson(typeof value);
  }
  if (value === null) return null;
  if (depth > MAX_DEPTH) throw notJson(`values nested more than ${MAX_DEPTH} deep, or in themselves`);
  return Array.isArray(value) ? sayableArray(value, depth) : sayableObject(value, depth);
}

function sayableArray(array: readonly unknown[], depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  // By index, because the methods of arrays skip holes.
  for (let index = 0; index < array.length; index++) {
    const item = sayable(array[index], depth + 1);
    if (item === array[index]) continue;
    copy ??= [...array];
    copy[index] = item;
  }
  return copy ?? array;
}

function sayableObject(object: object, depth: number): object {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    const maker: unknown = Reflect.get(object, 'constructor');
    throw notJson(
      typeof maker === 'function' ? `an instance of ${maker.name}` : 'an object with a prototype',
    );
  }
  let isChanged = false;
  const entries = Object.entries(object);
  for (const entry of entries) {
    const [key, given] = entry;
    if (given === undefined) continue;
    const item = sayable(given, depth + 1);
    const name = key.startsWith('$') && LOOKALIKE.test(key) ? `$${key}` : key;
    if (item === given && name === key) continue;
    isChanged = true;
    entry[0] = name;
    entry[1] = item;
  }
  // fromEntries rather than assignment: a key may be `__proto__`.
  return isChanged ? Object.fromEntries(entries) : object;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item)]);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function notJson(what: string): VLAError {
  return new VLAError(
    'INVALID_ARGUMENT',
    `an audit record takes null, booleans, numbers, strings, plain arrays and plain objects, got ${what}`,
    { hint: 'Copy typed arrays with Array.from, and name the properties of objects that have a class.' },
  );
}
