/** The nearest thing of one kind at a configuration. */
export interface FieldSample {
  /** Signed distance, m: finite, never overstated. */
  readonly distance: number;
  /** What is near what. */
  readonly pair: readonly [a: string, b: string];
}

/** Why a field could not answer. Plain data. */
export interface FieldFailure {
  /** In kebab-case. */
  readonly kind: string;
  /** One sentence for people. */
  readonly message: string;
}

/** What a field says about one configuration: one sample per channel, or why there is none. */
export type FieldAnswer = { readonly samples: readonly FieldSample[] } | { readonly failure: FieldFailure };

/**
 * A quantity that must stay above a margin along a curve: distance to obstacles, distance to the walls of the
 * workspace. Each channel has its own margin.
 */
export interface ClearanceField {
  /** Per joint, how much a distance can change per rad (m/rad; 1 for a sliding joint). */
  readonly reach: readonly number[];
  /** Distance to keep, m, per channel. */
  readonly margins: readonly number[];
  /** Answers for one configuration (rad, in the robot's order). The only input of a sweep besides the curve. */
  measure(joints: readonly number[]): FieldAnswer | Promise<FieldAnswer>;
}
