import { parseDecimal } from './decimal.js';
import { type LimitProblem, type LimitQuantity, type LimitStatement, quoted } from './limit-source.js';
import { didYouMean, nearName } from './near-name.js';
import type { XmlElement } from './xml-elements.js';

const ACTUATED_TYPES = ['revolute', 'prismatic', 'continuous'] as const;
const PASSIVE_TYPES = ['fixed', 'floating', 'planar'] as const;
const CHILDREN = [
  'origin',
  'parent',
  'child',
  'axis',
  'calibration',
  'dynamics',
  'limit',
  'mimic',
  'safety_controller',
];

export const RUN_XACRO =
  'This is a xacro file: run `xacro robot.urdf.xacro > robot.urdf` and pass what it writes.';
const CORRECT_LIMIT =
  'Give each revolute or prismatic joint <limit lower upper velocity> and each continuous one <limit velocity>, as plain decimal numbers in rad and rad/s, or m and m/s.';
const CORRECT_SOFT =
  'Keep the soft limits of <safety_controller> inside those of <limit>, with k_velocity, as URDF has it.';
const CORRECT_MIMIC = 'Give <mimic> the name of another joint and a multiplier other than 0.';
const CORRECT_JOINT = 'Correct the <joint> element as the URDF format has it.';

export type ActuatedType = (typeof ACTUATED_TYPES)[number];
export type PassiveType = (typeof PASSIVE_TYPES)[number];

/** `<mimic>` as it stands in the file: the joint that it names may itself be a mimic joint. */
export interface MimicElement {
  readonly joint: string;
  readonly multiplier: number;
  readonly offset: number;
}

/** One `<joint>`. */
export interface UrdfJoint {
  readonly name: string;
  readonly type: ActuatedType | PassiveType;
  readonly line: number;
  /** All that its own elements state; empty for the passive types. */
  readonly statements: readonly LimitStatement[];
  readonly mimic: MimicElement | undefined;
}

/** Reads one joint element at a time and collects what is wrong with all of them. */
export class UrdfJointReader {
  readonly problems: LimitProblem[] = [];
  readonly #source: string;

  /** @param source what the file is called in errors and provenance */
  constructor(source: string) {
    this.#source = source;
  }

  /** Undefined when the joint has no name or no known type: the problem is noted then. */
  read(element: XmlElement): UrdfJoint | undefined {
    const name = element.attributes.get('name') ?? '';
    const type = element.attributes.get('type') ?? '';
    if (name.trim() !== name || name === '' || /[&$]/.test(name)) {
      this.#report(element, '', 'expected a joint with a name', quoted(name), CORRECT_JOINT);
      return undefined;
    }
    const known = [...ACTUATED_TYPES, ...PASSIVE_TYPES].find((it) => it === type);
    if (known === undefined) {
      const types = [...ACTUATED_TYPES, ...PASSIVE_TYPES].join(', ');
      this.#report(element, name, `expected a type out of ${types}`, quoted(type), CORRECT_JOINT);
      return undefined;
    }
    this.#checkChildren(element, name);
    const joint = { name, type: known, line: element.line };
    const actuated = ACTUATED_TYPES.find((it) => it === known);
    if (actuated === undefined) return { ...joint, statements: [], mimic: undefined };
    const hard = this.#readLimit(element, name, actuated);
    const soft = this.#readSafetyController(element, name, actuated, hard);
    return { ...joint, statements: [...hard, ...soft], mimic: this.#readMimic(element, name) };
  }

  #checkChildren(element: XmlElement, joint: string): void {
    if (element.text !== '' || element.children.some(({ text }) => text !== ''))
      this.#report(element, joint, 'expected elements only', 'text', CORRECT_JOINT);
    for (const child of element.children) {
      // Other tools put elements of their own into joints; what all but spells one of ours must not get lost.
      const near = CHILDREN.includes(child.name) ? undefined : nearName(child.name, CHILDREN);
      if (near !== undefined)
        this.#report(child, joint, `expected <${near}>`, `<${child.name}>`, CORRECT_JOINT);
    }
  }

  #readLimit(element: XmlElement, joint: string, type: ActuatedType): LimitStatement[] {
    const limit = this.#only(element, 'limit', joint);
    if (limit === undefined) {
      if (!element.children.some(({ name }) => name === 'limit'))
        this.#report(element, joint, `expected <limit>, because it is ${type}`, 'none', CORRECT_LIMIT);
      return [];
    }
    const statements: LimitStatement[] = [];
    const add = (quantity: LimitQuantity, attribute: string, value: number | undefined) => {
      if (value !== undefined) statements.push(this.#statement(joint, quantity, limit, attribute, value));
    };
    if (type === 'continuous') this.#refuseRange(limit, joint, ['lower', 'upper']);
    else {
      const lower = this.#required(limit, 'lower', joint, CORRECT_LIMIT);
      const upper = this.#required(limit, 'upper', joint, CORRECT_LIMIT);
      this.#checkOrder(limit, joint, ['lower', lower], ['upper', upper], CORRECT_LIMIT);
      add('min', 'lower', lower);
      add('max', 'upper', upper);
    }
    add('velocity', 'velocity', this.#positive(limit, 'velocity', joint));
    for (const attribute of ['acceleration', 'deceleration'])
      if (limit.attributes.has(attribute))
        add('acceleration', attribute, this.#positive(limit, attribute, joint));
    if (limit.attributes.has('jerk')) add('jerk', 'jerk', this.#positive(limit, 'jerk', joint));
    return statements;
  }

  /**
   * A safety controller holds the speed between −k_position (q − soft_lower) and −k_position (q − soft_upper), so a
   * joint comes to rest at its soft limits. They are taken as limits of the position; k_position and k_velocity,
   * which belong to the robot's own controller, are checked and change nothing.
   */
  #readSafetyController(
    element: XmlElement,
    joint: string,
    type: ActuatedType,
    hard: readonly LimitStatement[],
  ): LimitStatement[] {
    const safety = this.#only(element, 'safety_controller', joint);
    if (safety === undefined) return [];
    this.#required(safety, 'k_velocity', joint, CORRECT_SOFT);
    const position = safety.attributes.has('k_position')
      ? this.#required(safety, 'k_position', joint, CORRECT_SOFT)
      : 0;
    const soft = ['soft_lower_limit', 'soft_upper_limit'];
    if (type === 'continuous') {
      this.#refuseRange(safety, joint, soft);
      return [];
    }
    // URDF reads absent soft limits as 0 … 0, which nobody means; without k_position they have no effect.
    if (position === 0 && !soft.some((attribute) => safety.attributes.has(attribute))) return [];
    const lower = this.#required(safety, 'soft_lower_limit', joint, CORRECT_SOFT);
    const upper = this.#required(safety, 'soft_upper_limit', joint, CORRECT_SOFT);
    this.#checkOrder(safety, joint, ['soft_lower_limit', lower], ['soft_upper_limit', upper], CORRECT_SOFT);
    if (lower === undefined || upper === undefined) return [];
    const min = hard.find(({ quantity }) => quantity === 'min')?.value ?? lower;
    const max = hard.find(({ quantity }) => quantity === 'max')?.value ?? upper;
    if (lower < min || upper > max)
      this.#report(
        safety,
        joint,
        `expected soft limits inside <limit> ${min} … ${max}`,
        `${lower} … ${upper}`,
        CORRECT_SOFT,
      );
    return [
      this.#statement(joint, 'min', safety, 'soft_lower_limit', lower),
      this.#statement(joint, 'max', safety, 'soft_upper_limit', upper),
    ];
  }

  #readMimic(element: XmlElement, joint: string): MimicElement | undefined {
    const mimic = this.#only(element, 'mimic', joint);
    if (mimic === undefined) return undefined;
    const follows = mimic.attributes.get('joint') ?? '';
    if (follows === '')
      this.#report(mimic, joint, 'expected <mimic joint> to name a joint', 'nothing', CORRECT_MIMIC);
    const optional = (attribute: string, otherwise: number) =>
      mimic.attributes.has(attribute)
        ? (this.#required(mimic, attribute, joint, CORRECT_MIMIC) ?? otherwise)
        : otherwise;
    const multiplier = optional('multiplier', 1);
    if (multiplier === 0)
      this.#report(mimic, joint, 'expected <mimic multiplier> other than 0', '0', CORRECT_MIMIC);
    return { joint: follows, multiplier, offset: optional('offset', 0) };
  }

  #only(element: XmlElement, child: string, joint: string): XmlElement | undefined {
    const found = element.children.filter(({ name }) => name === child);
    if (found.length > 1)
      this.#report(element, joint, `expected one <${child}>`, String(found.length), CORRECT_JOINT);
    return found.length === 1 ? found[0] : undefined;
  }

  #positive(element: XmlElement, attribute: string, joint: string): number | undefined {
    const value = this.#required(element, attribute, joint, CORRECT_LIMIT);
    if (value === undefined || value > 0) return value;
    const what = `expected <${element.name} ${attribute}> above 0`;
    this.#report(element, joint, what, String(value), CORRECT_LIMIT);
    return undefined;
  }

  #required(element: XmlElement, attribute: string, joint: string, hint: string): number | undefined {
    const text = element.attributes.get(attribute);
    const value = parseDecimal(text ?? '');
    if (value !== undefined) return value;
    const near = text === undefined ? didYouMean(attribute, element.attributes.keys()) : '';
    const got = text === undefined ? `nothing${near}` : quoted(text);
    this.#report(element, joint, `expected <${element.name} ${attribute}> to be a number`, got, hint);
    return undefined;
  }

  #checkOrder(
    element: XmlElement,
    joint: string,
    [low, lower]: readonly [string, number | undefined],
    [high, upper]: readonly [string, number | undefined],
    hint: string,
  ): void {
    if (lower === undefined || upper === undefined || lower < upper) return;
    this.#report(
      element,
      joint,
      `expected ${low} < ${high} in <${element.name}>`,
      `${lower} and ${upper}`,
      hint,
    );
  }

  #refuseRange(element: XmlElement, joint: string, attributes: readonly string[]): void {
    for (const attribute of attributes)
      if (element.attributes.has(attribute))
        this.#report(
          element,
          joint,
          `expected no <${element.name} ${attribute}>, because it is continuous`,
          quoted(element.attributes.get(attribute) ?? ''),
          'Make the joint revolute if it has a range; take the range out if it has none.',
        );
  }

  #statement(
    joint: string,
    quantity: LimitQuantity,
    element: XmlElement,
    attribute: string,
    value: number,
  ): LimitStatement {
    return { joint, quantity, value, source: `${this.#source}: <${element.name} ${attribute}>` };
  }

  #report(element: XmlElement, joint: string, expected: string, got: string, hint: string): void {
    const where = joint === '' ? '' : `joint ${joint}: `;
    this.problems.push({
      message: `${this.#source}: line ${element.line}: ${where}${expected}, got ${got}`,
      hint: /\$[{(]/.test(got) ? RUN_XACRO : hint,
    });
  }
}
