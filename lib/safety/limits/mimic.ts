import { type LimitQuantity, type LimitStatement, limitsInvalid } from './limit-source.js';

/** A joint that no one commands: it moves to `multiplier × followed + offset`. */
export interface MimicJoint {
  readonly joint: string;
  /** The commanded joint at the end of the chain. */
  readonly follows: string;
  /** Not 0. */
  readonly multiplier: number;
  /** rad or m. */
  readonly offset: number;
}

/**
 * What is stated about mimic joints, restated for the joints that they follow: a position p of the mimic joint is
 * (p − offset) / multiplier of the followed one, where a negative multiplier swaps min and max, and its rates are
 * 1 / |multiplier| of the mimic joint's. Other statements come back as they are.
 *
 * @throws VLAError LIMITS_INVALID when a multiplier is so large or small that no limit is left
 */
export function throughMimics(
  statements: readonly LimitStatement[],
  mimics: readonly MimicJoint[],
): readonly LimitStatement[] {
  const byName = new Map(mimics.map((mimic) => [mimic.joint, mimic]));
  return statements.map((statement) => {
    const mimic = byName.get(statement.joint);
    return mimic === undefined ? statement : restated(statement, mimic);
  });
}

function restated({ joint, quantity, value, source }: LimitStatement, mimic: MimicJoint): LimitStatement {
  const { follows, multiplier, offset } = mimic;
  const isPosition = quantity === 'min' || quantity === 'max';
  // Adding 0 turns −0 into 0, which prints better.
  const mapped = isPosition ? (value - offset) / multiplier + 0 : value / Math.abs(multiplier);
  if (!Number.isFinite(mapped) || (!isPosition && mapped <= 0))
    throw limitsInvalid([
      {
        message: `${source} = ${value} of the mimic joint ${joint} would limit ${follows} to ${mapped}, because its multiplier is ${multiplier}`,
        hint: 'Check the multiplier and offset of <mimic>.',
      },
    ]);
  return {
    joint: follows,
    quantity: multiplier < 0 ? mirrored(quantity) : quantity,
    value: mapped,
    source: `mimic ${joint}, ${source}`,
  };
}

function mirrored(quantity: LimitQuantity): LimitQuantity {
  if (quantity === 'min') return 'max';
  return quantity === 'max' ? 'min' : quantity;
}
