import { type LimitQuantity, type LimitStatement, quoted } from './limit-source.js';
import { CORRECT_JOINT, CORRECT_LIMIT, type UrdfElementReader } from './urdf-element-reader.js';
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

/** Of the elements that state limits. */
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['limit', ['lower', 'upper', 'effort', 'velocity', 'acceleration', 'deceleration', 'jerk']],
  ['mimic', ['joint', 'multiplier', 'offset']],
  ['safety_controller', ['soft_lower_limit', 'soft_upper_limit', 'k_position', 'k_velocity']],
]);

const CORRECT_SOFT =
  'Keep the soft limits of <safety_controller> inside those of <limit>, with k_velocity, as URDF has it.';
const CORRECT_MIMIC = 'Give <mimic> the name of another joint and a multiplier other than 0.';

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

/** Reads one joint element at a time. */
export class UrdfJointReader {
  readonly #in: UrdfElementReader;

  constructor(elements: UrdfElementReader) {
    this.#in = elements;
  }

  /** Undefined when the joint has no name or no known type: the problem is noted then. */
  read(element: XmlElement): UrdfJoint | undefined {
    const name = element.attributes.get('name') ?? '';
    const type = element.attributes.get('type') ?? '';
    if (name.trim() !== name || name === '' || /[&$]/.test(name)) {
      this.#in.report(element, '', 'expected a joint with a name', quoted(name), CORRECT_JOINT);
      return undefined;
    }
    const known = [...ACTUATED_TYPES, ...PASSIVE_TYPES].find((it) => it === type);
    if (known === undefined) {
      const types = [...ACTUATED_TYPES, ...PASSIVE_TYPES].join(', ');
      this.#in.report(element, name, `expected a type out of ${types}`, quoted(type), CORRECT_JOINT);
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
      this.#in.report(element, joint, 'expected elements only', 'text', CORRECT_JOINT);
    for (const child of element.children) {
      this.#in.refuseMisspelt(child, child.name, CHILDREN, joint);
      for (const attribute of child.attributes.keys())
        this.#in.refuseMisspelt(child, attribute, ATTRIBUTES.get(child.name) ?? [], joint);
    }
  }

  #readLimit(element: XmlElement, joint: string, type: ActuatedType): LimitStatement[] {
    const limit = this.#in.only(element, 'limit', joint);
    if (limit === undefined) {
      if (!element.children.some(({ name }) => name === 'limit'))
        this.#in.report(element, joint, `expected <limit>, because it is ${type}`, 'none', CORRECT_LIMIT);
      return [];
    }
    const statements: LimitStatement[] = [];
    const add = (quantity: LimitQuantity, attribute: string, value: number | undefined) => {
      if (value !== undefined) statements.push(this.#in.statement(joint, quantity, limit, attribute, value));
    };
    if (type === 'continuous') this.#in.refuseRange(limit, joint, ['lower', 'upper']);
    else {
      const lower = this.#in.required(limit, 'lower', joint, CORRECT_LIMIT);
      const upper = this.#in.required(limit, 'upper', joint, CORRECT_LIMIT);
      this.#in.checkOrder(limit, joint, ['lower', lower], ['upper', upper], CORRECT_LIMIT);
      add('min', 'lower', lower);
      add('max', 'upper', upper);
    }
    add('velocity', 'velocity', this.#in.positive(limit, 'velocity', joint));
    for (const attribute of ['acceleration', 'deceleration'])
      if (limit.attributes.has(attribute))
        add('acceleration', attribute, this.#in.positive(limit, attribute, joint));
    if (limit.attributes.has('jerk')) add('jerk', 'jerk', this.#in.positive(limit, 'jerk', joint));
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
    const safety = this.#in.only(element, 'safety_controller', joint);
    if (safety === undefined) return [];
    this.#in.required(safety, 'k_velocity', joint, CORRECT_SOFT);
    const position = safety.attributes.has('k_position')
      ? this.#in.required(safety, 'k_position', joint, CORRECT_SOFT)
      : 0;
    const soft = ['soft_lower_limit', 'soft_upper_limit'];
    if (type === 'continuous') {
      this.#in.refuseRange(safety, joint, soft);
      return [];
    }
    // URDF reads absent soft limits as 0 … 0, which nobody means; without k_position they have no effect.
    if (position === 0 && !soft.some((attribute) => safety.attributes.has(attribute))) return [];
    const lower = this.#in.required(safety, 'soft_lower_limit', joint, CORRECT_SOFT);
    const upper = this.#in.required(safety, 'soft_upper_limit', joint, CORRECT_SOFT);
    this.#in.checkOrder(
      safety,
      joint,
      ['soft_lower_limit', lower],
      ['soft_upper_limit', upper],
      CORRECT_SOFT,
    );
    if (lower === undefined || upper === undefined) return [];
    const min = hard.find(({ quantity }) => quantity === 'min')?.value ?? lower;
    const max = hard.find(({ quantity }) => quantity === 'max')?.value ?? upper;
    if (lower < min || upper > max)
      this.#in.report(
        safety,
        joint,
        `expected soft limits inside <limit> ${min} … ${max}`,
        `${lower} … ${upper}`,
        CORRECT_SOFT,
      );
    return [
      this.#in.statement(joint, 'min', safety, 'soft_lower_limit', lower),
      this.#in.statement(joint, 'max', safety, 'soft_upper_limit', upper),
    ];
  }

  #readMimic(element: XmlElement, joint: string): MimicElement | undefined {
    const mimic = this.#in.only(element, 'mimic', joint);
    if (mimic === undefined) return undefined;
    const follows = mimic.attributes.get('joint') ?? '';
    if (follows === '')
      this.#in.report(mimic, joint, 'expected <mimic joint> to name a joint', 'nothing', CORRECT_MIMIC);
    const optional = (attribute: string, otherwise: number) =>
      mimic.attributes.has(attribute)
        ? (this.#in.required(mimic, attribute, joint, CORRECT_MIMIC) ?? otherwise)
        : otherwise;
    const multiplier = optional('multiplier', 1);
    if (multiplier === 0)
      this.#in.report(mimic, joint, 'expected <mimic multiplier> other than 0', '0', CORRECT_MIMIC);
    return { joint: follows, multiplier, offset: optional('offset', 0) };
  }
}
