/** What must pass as the number that it is, and what must never pass. */
export const TINY = [-0, 5e-324, -5e-324] as const;
export const NOT_FINITE = [Number.NaN, Infinity, -Infinity] as const;
