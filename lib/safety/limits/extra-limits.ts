import { VLAError } from '../../errors.js';
import { LIMIT_QUANTITIES, type LimitSource, type LimitStatement } from './limit-source.js';
import { didYouMean } from './near-name.js';

const SOURCE = 'extra';

/** Limits of your own for one joint; what is left out is left to the other sources. */
export interface ExtraLimits {
  /** The robot's name of the joint. */
  readonly name: string;
  /** rad or m; −Infinity … Infinity for a joint that turns without end. */
  readonly min?: number;
  readonly max?: number;
  /** rad/s, rad/s², rad/s³, or m; above 0. */
  readonly velocity?: number;
  readonly acceleration?: number;
  readonly jerk?: number;
  /** Where they are from, for people; `extra` by default. */
  readonly source?: string;
}

/**
 * @param jointNames the joints of the robot
 * @throws VLAError INVALID_ARGUMENT for a joint that the robot lacks, or a value that is no finite number, or not
 *   above 0 where it has to be
 */
export function extraLimits(extra: readonly ExtraLimits[], jointNames: readonly string[]): LimitSource {
  if (!Array.isArray(extra))
    throw new VLAError('INVALID_ARGUMENT', `extra: expected a list of limits, got ${typeof extra}`, {
      hint: 'Pass extra: [{ name, min?, max?, velocity?, acceleration?, jerk? }].',
    });
  const statements = extra.flatMap((limits: ExtraLimits | undefined, index): LimitStatement[] => {
    const joint = limits?.name;
    if (limits === undefined || joint === undefined || !jointNames.includes(joint))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `extra[${index}].name: expected one of ${jointNames.join(', ')}, got ${joint}${didYouMean(joint ?? '', jointNames)}`,
        { hint: 'Use the names of robot.jointNames.' },
      );
    return LIMIT_QUANTITIES.flatMap((quantity) => {
      const value = limits[quantity];
      const isPosition = quantity === 'min' || quantity === 'max';
      if (value === undefined || (isPosition && isEndless(limits))) return [];
      if (!Number.isFinite(value) || (!isPosition && value <= 0))
        throw new VLAError(
          'INVALID_ARGUMENT',
          `extra[${index}].${quantity} of ${joint}: expected a finite number${isPosition ? '' : ' above 0'}, got ${value}`,
          { hint: 'Leave a quantity out to leave it to the other sources.' },
        );
      return [{ joint, quantity, value, source: limits.source ?? SOURCE }];
    });
  });
  return {
    source: SOURCE,
    jointNames,
    statements,
    continuous: extra.filter(isEndless).map(({ name }) => name),
    switchedOff: [],
    units: new Map(),
  };
}

function isEndless({ min, max }: ExtraLimits): boolean {
  return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY;
}
