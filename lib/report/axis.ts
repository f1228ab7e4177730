/** Round values (1, 2 or 5 times a power of ten apart) that cover 0 … `most`, the last one at or above it. */
export function niceTicks(most: number, count = 5): readonly number[] {
  if (!(most > 0 && Number.isFinite(most))) return [0, 1];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const steps = Math.ceil((most / step) * (1 - 1e-9));
  // A product has fewer wrong digits than a sum; what is left of them does not belong on an axis.
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Maps values from one range to another, such as milliseconds to pixels; a range without extent to its start. */
export function linearScale(
  [fromLow, fromHigh]: readonly [number, number],
  [toLow, toHigh]: readonly [number, number],
): (value: number) => number {
  const extent = fromHigh - fromLow;
  return (value) => (extent === 0 ? toLow : toLow + ((value - fromLow) / extent) * (toHigh - toLow));
}
