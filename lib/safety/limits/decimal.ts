const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a text spells in plain decimal notation, spaces around it allowed; undefined for all else.
 * `Number` would make 0 of an empty text, and both it and `parseFloat` take much that is no measure: hexadecimal,
 * `Infinity`, the `1` of `1,5`.
 */
export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}
