import { canonicalJson, isJsonList, isJsonObject, type JsonValue } from './audit-json.js';

/** Where two values part. */
export interface JsonDifference {
  /** Such as `reasons[2].value`; empty for the values themselves. */
  readonly path: string;
  /** Both values there as canonical JSON; undefined where there is none. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** The first place, in the order of `expected`, at which two values are not equal bit for bit; undefined for none. */
export function firstDifference(
  expected: JsonValue,
  actual: JsonValue,
  path = '',
): JsonDifference | undefined {
  const [one, other] = [canonicalJson(expected), canonicalJson(actual)];
  if (one === other) return undefined;
  const ours = itemsOf(expected, path);
  const theirs = itemsOf(actual, path);
  // A list against an object, or a scalar against anything, differs as a whole.
  if (!ours || !theirs || isJsonList(expected) !== isJsonList(actual))
    return { path, expected: one, actual: other };
  for (const [place, item] of ours) {
    const match = theirs.get(place);
    if (match === undefined) return { path: place, expected: canonicalJson(item), actual: undefined };
    const difference = firstDifference(item, match, place);
    if (difference) return difference;
  }
  for (const [place, item] of theirs)
    if (!ours.has(place)) return { path: place, expected: undefined, actual: canonicalJson(item) };
  return { path, expected: one, actual: other };
}

/** The parts of a list or object under their paths; undefined for a scalar. */
function itemsOf(value: JsonValue, path: string): ReadonlyMap<string, JsonValue> | undefined {
  if (isJsonList(value)) return new Map(value.map((item, index) => [`${path}[${index}]`, item]));
  if (!isJsonObject(value)) return undefined;
  return new Map(Object.entries(value).map(([key, item]) => [path === '' ? key : `${path}.${key}`, item]));
}
