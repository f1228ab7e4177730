import { isMap } from 'yaml';
import type { LimitProblem, LimitQuantity, LimitStatement } from './limit-source.js';
import { didYouMean } from './near-name.js';
import { booleanOf, kindOf, numberOf, type YamlEntry, type YamlFile } from './yaml-map.js';

/** What has no quantity is checked and changes nothing. */
type Field = readonly [key: string, quantity: LimitQuantity | undefined, optional?: 'optional'];

/** Each flag of ros2_control and MoveIt with the values that it switches. */
const FLAGS: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  [
    'has_position_limits',
    [
      ['min_position', 'min'],
      ['max_position', 'max'],
    ],
  ],
  ['has_velocity_limits', [['max_velocity', 'velocity']]],
  ['has_acceleration_limits', [['max_acceleration', 'acceleration']]],
  ['has_deceleration_limits', [['max_deceleration', 'acceleration']]],
  ['has_jerk_limits', [['max_jerk', 'jerk']]],
  ['has_effort_limits', [['max_effort', undefined]]],
  [
    'has_soft_limits',
    [
      ['soft_lower_limit', 'min'],
      ['soft_upper_limit', 'max'],
      ['k_position', undefined, 'optional'],
      ['k_velocity', undefined, 'optional'],
    ],
  ],
]);

const WRAPAROUND = 'angle_wraparound';
const VALUES = [...FLAGS.values()].flat().map(([key]) => key);
const KNOWN = [...FLAGS.keys(), ...VALUES, WRAPAROUND];

const CORRECT_FLAGS =
  'Write a flag such as has_velocity_limits: true and its values together: ROS ignores values without their flag.';
const CORRECT_VALUES =
  'Write plain decimal numbers (rad, rad/s …; !degrees for degrees), the minimum below the maximum, rates above 0.';

/** What a file says about one joint. */
export interface YamlJoint {
  readonly statements: readonly LimitStatement[];
  readonly switchedOff: readonly LimitStatement[];
  readonly continuous: boolean;
}

/** Reads the entry of one joint. */
export function readYamlJoint(file: YamlFile, entry: YamlEntry, problems: LimitProblem[]): YamlJoint {
  return new YamlJointReader(file, entry, problems).read();
}

class YamlJointReader {
  readonly #file: YamlFile;
  readonly #joint: YamlEntry;
  readonly #problems: LimitProblem[];
  readonly #fields: ReadonlyMap<string, YamlEntry>;
  readonly #statements: LimitStatement[] = [];
  readonly #switchedOff: LimitStatement[] = [];
  readonly #reported = new Set<string>();

  constructor(file: YamlFile, joint: YamlEntry, problems: LimitProblem[]) {
    this.#file = file;
    this.#joint = joint;
    this.#problems = problems;
    const fields = isMap(joint.value) ? file.entries(joint.value) : [];
    if (fields.length === 0)
      this.#report(joint, 'expected a map of limits', kindOf(joint.value), CORRECT_FLAGS);
    this.#fields = new Map(fields.map((field) => [field.key, field]));
  }

  read(): YamlJoint {
    for (const field of this.#fields.values())
      if (!KNOWN.includes(field.key))
        this.#report(
          field,
          `expected a limit that ros2_control or MoveIt knows${didYouMean(field.key, KNOWN)}`,
          field.key,
          `The keys are ${KNOWN.join(', ')}.`,
        );
    for (const [flag, values] of FLAGS) this.#readGroup(flag, values);
    this.#checkRange('min_position', 'max_position');
    this.#checkRange('soft_lower_limit', 'soft_upper_limit');
    this.#checkSoftInsideHard();
    return {
      statements: this.#statements,
      switchedOff: this.#switchedOff,
      continuous: this.#readWraparound(),
    };
  }

  #readGroup(flag: string, values: readonly Field[]): void {
    const on = this.#flag(flag);
    const present = values.filter(([key]) => this.#fields.has(key));
    if (on === 'absent')
      for (const [key] of present) {
        const field = this.#fields.get(key) ?? this.#joint;
        this.#report(field, `expected ${flag} beside ${key}`, 'none', CORRECT_FLAGS);
      }
    const missing = values.flatMap(([key, , optional]) => (optional || this.#fields.has(key) ? [] : [key]));
    if (on === true && missing.length > 0) {
      const field = this.#fields.get(flag) ?? this.#joint;
      this.#report(field, `expected ${missing.join(', ')} beside ${flag}: true`, 'nothing', CORRECT_FLAGS);
    }
    for (const [key, quantity] of present) this.#readValue(key, quantity, flag, on === true);
  }

  #readValue(key: string, quantity: LimitQuantity | undefined, flag: string, on: boolean): void {
    const field = this.#fields.get(key);
    if (field === undefined) return;
    const value = numberOf(field.value);
    const isRate = quantity !== undefined && quantity !== 'min' && quantity !== 'max';
    if (value === undefined || (isRate && on && value <= 0)) {
      const wanted = isRate ? 'a number above 0' : 'a number';
      this.#report(field, `expected ${key} to be ${wanted}`, kindOf(field.value), CORRECT_VALUES);
      return;
    }
    if (quantity === undefined) return;
    const source = `${this.#file.source}: ${on ? key : `${flag}: false`}`;
    (on ? this.#statements : this.#switchedOff).push({ joint: this.#joint.key, quantity, value, source });
  }

  #checkRange(low: string, high: string): void {
    const min = this.#stated(low);
    const max = this.#stated(high);
    if (min === undefined || max === undefined || min < max) return;
    const field = this.#fields.get(low) ?? this.#joint;
    this.#report(field, `expected ${low} < ${high}`, `${min} and ${max}`, CORRECT_VALUES);
  }

  #checkSoftInsideHard(): void {
    const [low, min] = [this.#stated('soft_lower_limit'), this.#stated('min_position')];
    const [high, max] = [this.#stated('soft_upper_limit'), this.#stated('max_position')];
    if (low === undefined || min === undefined || high === undefined || max === undefined) return;
    if (low >= min && high <= max) return;
    const field = this.#fields.get('soft_lower_limit') ?? this.#joint;
    this.#report(field, `expected soft limits inside ${min} … ${max}`, `${low} … ${high}`, CORRECT_VALUES);
  }

  /** The value of a key whose flag is on. */
  #stated(key: string): number | undefined {
    const source = `${this.#file.source}: ${key}`;
    return this.#statements.find((statement) => statement.source === source)?.value;
  }

  #readWraparound(): boolean {
    const wraps = this.#flag(WRAPAROUND) === true;
    const field = this.#fields.get(WRAPAROUND);
    if (wraps && field !== undefined && this.#flag('has_position_limits') === true)
      this.#report(
        field,
        'expected no angle_wraparound: true beside has_position_limits: true',
        'both',
        'A joint turns without end or has a range, not both: switch one of them off.',
      );
    return wraps;
  }

  /** What is no boolean is reported once and counts as off. */
  #flag(key: string): boolean | 'absent' {
    const field = this.#fields.get(key);
    if (field === undefined) return 'absent';
    return booleanOf(field.value) ?? this.#reportFlag(field);
  }

  #reportFlag(field: YamlEntry): false {
    if (!this.#reported.has(field.key))
      this.#report(field, `expected ${field.key} to be true or false`, kindOf(field.value), CORRECT_FLAGS);
    this.#reported.add(field.key);
    return false;
  }

  #report(at: YamlEntry, expected: string, got: string, hint: string): void {
    const where = `${this.#file.source}: line ${at.line}: joint ${this.#joint.key}`;
    this.#problems.push({ message: `${where}: ${expected}, got ${got}`, hint });
  }
}
