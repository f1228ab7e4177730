export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** z of a two-sided 95 % interval. */
const Z = 1.959964;

/** Wilson's 95 % score interval of a proportion (Wilson 1927), without continuity correction. */
export function wilsonInterval(hits: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const rate = hits / of;
  const spread = (Z * Z) / of;
  const centre = rate + spread / 2;
  const half = Z * Math.sqrt((rate * (1 - rate)) / of + spread / (4 * of));
  return {
    low: hits === 0 ? 0 : (centre - half) / (1 + spread),
    high: hits === of ? 1 : (centre + half) / (1 + spread),
  };
}
