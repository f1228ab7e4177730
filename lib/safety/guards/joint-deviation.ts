export interface JointDeviation {
  readonly jointName: string;
  /** Between the two positions, rad; NaN when one is missing or NaN. */
  readonly distance: number;
  /** The largest distance that was allowed, rad. */
  readonly limit: number;
}

/**
 * The joint whose two positions are farthest beyond the distance that it is allowed; undefined when all are within.
 * Positions and limits that are missing, NaN or infinite are beyond everything.
 *
 * @param allowed rad, for the joint of that index
 */
export function worstDeviation(
  jointNames: readonly string[],
  one: readonly number[],
  other: readonly number[],
  allowed: (joint: number) => number,
): JointDeviation | undefined {
  let worst: JointDeviation | undefined;
  let worstExcess = 0;
  for (const [joint, jointName] of jointNames.entries()) {
    const distance = Math.abs((one[joint] ?? Number.NaN) - (other[joint] ?? Number.NaN));
    const limit = allowed(joint);
    const excess = limit < Number.POSITIVE_INFINITY ? distance - limit : Number.NaN;
    if (Number.isNaN(excess)) return { jointName, distance, limit };
    if (excess > worstExcess) {
      worst = { jointName, distance, limit };
      worstExcess = excess;
    }
  }
  return worst;
}
