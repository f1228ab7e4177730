import { DEFAULT_ACCELERATION, DEFAULT_JERK, type JointLimits } from '../joint-limits.js';
import {
  isTighter,
  type JointUnit,
  type LimitProblem,
  type LimitQuantity,
  type LimitSource,
  type LimitStatement,
} from './limit-source.js';
import { didYouMean } from './near-name.js';

const DEFAULT = 'default';

/** Where one value is from. */
export interface LimitProvenance {
  readonly value: number;
  /** `robot.urdf: <limit upper>`, `mimic finger_right, robot.urdf: <limit upper>`, `policy pick`, `default` … */
  readonly source: string;
  /** What other places state for it, tightest first; none is tighter. */
  readonly over: readonly LimitStatement[];
  /** Values that a source states and switches off. */
  readonly switchedOff: readonly LimitStatement[];
}

/** The limits of one joint, and where each is from. */
export interface ResolvedJointLimit extends JointLimits {
  readonly acceleration: number;
  readonly jerk: number;
  readonly unit: JointUnit;
  readonly provenance: Readonly<Record<LimitQuantity, LimitProvenance>>;
}

const SAY_WHERE =
  'Pass a URDF, a joint_limits.yaml or extra limits that state it, under the names of robot.jointNames.';
const AGREE = 'Correct the source that is wrong: both cannot hold for this joint.';

/** Joins what all sources say about one joint. Undefined when there are problems, which are noted. */
export function resolveJoint(
  joint: string,
  sources: readonly LimitSource[],
  problems: LimitProblem[],
): ResolvedJointLimit | undefined {
  const before = problems.length;
  const find = (quantity: LimitQuantity, otherwise?: Fallback) =>
    tightest(joint, quantity, sources, otherwise);
  const stated = (quantity: LimitQuantity, what: string) => {
    const found = find(quantity);
    if (found === undefined)
      problems.push({
        message: `${joint}: expected ${what}, ${searched(joint, quantity, sources)}`,
        hint: SAY_WHERE,
      });
    return found;
  };

  const endless = endlessIn(joint, sources);
  const min = endless
    ? find('min', { value: Number.NEGATIVE_INFINITY, source: endless })
    : stated('min', 'a smallest position');
  const max = endless
    ? find('max', { value: Number.POSITIVE_INFINITY, source: endless })
    : stated('max', 'a largest position');
  const velocity = stated('velocity', 'a velocity limit');
  const acceleration = find('acceleration', { value: DEFAULT_ACCELERATION, source: DEFAULT });
  const jerk = find('jerk', { value: DEFAULT_JERK, source: DEFAULT });
  if (min !== undefined && max !== undefined && min.value >= max.value)
    problems.push({
      message: `${joint}: expected a range of positions, but min ${min.value} (${min.source}) is not below max ${max.value} (${max.source})`,
      hint: AGREE,
    });
  const unit = resolveUnit(joint, sources, problems);
  if (problems.length > before || !min || !max || !velocity || !acceleration || !jerk) return undefined;
  return {
    name: joint,
    min: min.value,
    max: max.value,
    velocity: velocity.value,
    acceleration: acceleration.value,
    jerk: jerk.value,
    unit,
    provenance: { min, max, velocity, acceleration, jerk },
  };
}

interface Fallback {
  readonly value: number;
  readonly source: string;
}

function of(statements: readonly LimitStatement[], joint: string, quantity: LimitQuantity): LimitStatement[] {
  return statements.filter((statement) => statement.joint === joint && statement.quantity === quantity);
}

function tightest(
  joint: string,
  quantity: LimitQuantity,
  sources: readonly LimitSource[],
  otherwise: Fallback | undefined,
): LimitProvenance | undefined {
  const stated = sources.flatMap(({ statements }) => of(statements, joint, quantity));
  // Sorting is stable: of equal values, the one of the first source is named.
  const [best, ...over] = stated.sort((one, other) =>
    one.value === other.value ? 0 : isTighter(quantity, one.value, other.value) ? -1 : 1,
  );
  const chosen = best ?? otherwise;
  if (chosen === undefined) return undefined;
  const switchedOff = sources.flatMap((source) => of(source.switchedOff, joint, quantity));
  return { value: chosen.value, source: chosen.source, over, switchedOff };
}

/** Who says that a joint turns without end, as long as no one gives it a range. */
function endlessIn(joint: string, sources: readonly LimitSource[]): string | undefined {
  const ranged = sources.some(({ statements }) =>
    statements.some((it) => it.joint === joint && (it.quantity === 'min' || it.quantity === 'max')),
  );
  const says = sources.find(({ continuous }) => continuous.includes(joint));
  return ranged || says === undefined ? undefined : `${says.source}: continuous`;
}

/** Where a value was looked for, and why it is not there. */
function searched(joint: string, quantity: LimitQuantity, sources: readonly LimitSource[]): string {
  if (sources.length === 0) return 'got no source of limits';
  const places = sources.map(({ source, jointNames, switchedOff }) => {
    if (!jointNames.includes(joint)) return `${source} has no joint ${joint}${didYouMean(joint, jointNames)}`;
    return `${source} ${of(switchedOff, joint, quantity).length > 0 ? 'switches it off' : 'states none'}`;
  });
  return `but ${places.join(', ')}`;
}

function resolveUnit(joint: string, sources: readonly LimitSource[], problems: LimitProblem[]): JointUnit {
  const told = sources.flatMap(({ source, units }) => {
    const unit = units.get(joint);
    return unit === undefined ? [] : [{ source, unit }];
  });
  const [first] = told;
  const other = told.find(({ unit }) => unit !== first?.unit);
  if (first !== undefined && other !== undefined)
    problems.push({
      message: `${joint}: expected one unit, but ${first.source} has it in ${first.unit} and ${other.source} in ${other.unit}`,
      hint: AGREE,
    });
  return first?.unit ?? 'rad';
}
