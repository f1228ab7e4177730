/** A mistake on the command line; shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A whole number in a range, from an option's text. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${option} must be a whole number from ${min} to ${max}, got "${text}"`);
  return value;
}

/** One of a list of words, from an option's text. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const match = allowed.find((word) => word === text);
  if (match === undefined)
    throw new UsageError(`--${option} must be one of ${allowed.join(', ')}, got "${text}"`);
  return match;
}

/** The folder that the demo's policy lives in. */
export const DEFAULT_POLICY = new URL('../policies/pick', import.meta.url);
