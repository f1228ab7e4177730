/** An object of JSON whose contents nobody has checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists of one entry that is merged, not replaced. */
const SINGLE = 'stages.models';
/** Lists whose entries are told apart by their `id`. */
const NAMED = 'inputs.cameras';

/**
 * One partial policy.json over another. Objects are merged key by key, cameras by their id, and the one model of a
 * stage; every other value, lists too, is replaced.
 */
export function mergeManifests(below: JsonObject, above: JsonObject): JsonObject {
  return mergeObjects(below, above, '');
}

function mergeObjects(below: JsonObject, above: JsonObject, at: string): JsonObject {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above))
    merged[key] = merge(below[key], value, at === '' ? key : `${at}.${key}`);
  return merged;
}

function merge(below: unknown, above: unknown, at: string): unknown {
  if (isJsonObject(below) && isJsonObject(above)) return mergeObjects(below, above, at);
  if (!Array.isArray(below) || !Array.isArray(above)) return above;
  if (at === NAMED) return mergeNamed(below, above, at);
  return at === SINGLE && below.length === 1 && above.length === 1 ? [merge(below[0], above[0], at)] : above;
}

/** The order of those below is kept: that of the model's inputs may hang on it. */
function mergeNamed(below: readonly unknown[], above: readonly unknown[], at: string): readonly unknown[] {
  const idOf = (entry: unknown) => (isJsonObject(entry) ? entry['id'] : undefined);
  const find = (list: readonly unknown[], entry: unknown) =>
    list.find((other) => idOf(other) === idOf(entry));
  return [
    ...below.map((entry) => merge(entry, find(above, entry) ?? entry, at)),
    ...above.filter((entry) => find(below, entry) === undefined),
  ];
}
