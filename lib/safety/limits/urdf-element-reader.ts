import { parseDecimal } from './decimal.js';
import { type LimitProblem, type LimitQuantity, type LimitStatement, quoted } from './limit-source.js';
import { nearName } from './near-name.js';
import type { XmlElement } from './xml-elements.js';

export const RUN_XACRO =
  'This is a xacro file: run `xacro robot.urdf.xacro > robot.urdf` and pass what it writes.';
export const CORRECT_LIMIT =
  'Give each revolute or prismatic joint <limit lower upper velocity> and each continuous one <limit velocity>, as plain decimal numbers in rad and rad/s, or m and m/s.';
export const CORRECT_JOINT = 'Correct the <joint> element as the URDF format has it.';

/** Reads the attributes of a joint's elements and collects what is wrong with them. */
export class UrdfElementReader {
  readonly problems: LimitProblem[] = [];
  readonly #source: string;

  /** @param source what the file is called in errors and provenance */
  constructor(source: string) {
    this.#source = source;
  }

  /** The child of that name; undefined for none, and for several, which is a problem. */
  only(element: XmlElement, child: string, joint: string): XmlElement | undefined {
    const found = element.children.filter(({ name }) => name === child);
    if (found.length > 1)
      this.report(element, joint, `expected one <${child}>`, String(found.length), CORRECT_JOINT);
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * Other tools put names of their own into joints, which are left alone; but what all but spells one of ours must not
   * get lost.
   */
  refuseMisspelt(element: XmlElement, name: string, known: readonly string[], joint: string): void {
    const near = known.includes(name) ? undefined : nearName(name, known);
    if (near !== undefined) this.report(element, joint, `expected ${near}`, name, CORRECT_JOINT);
  }

  /** A number above 0; undefined, and a problem, for anything else. */
  positive(element: XmlElement, attribute: string, joint: string): number | undefined {
    const value = this.required(element, attribute, joint, CORRECT_LIMIT);
    if (value === undefined || value > 0) return value;
    const what = `expected <${element.name} ${attribute}> above 0`;
    this.report(element, joint, what, String(value), CORRECT_LIMIT);
    return undefined;
  }

  /** A plain decimal number; undefined, and a problem, for anything else. */
  required(element: XmlElement, attribute: string, joint: string, hint: string): number | undefined {
    const text = element.attributes.get(attribute);
    const value = parseDecimal(text ?? '');
    if (value !== undefined) return value;
    const got = text === undefined ? 'nothing' : quoted(text);
    this.report(element, joint, `expected <${element.name} ${attribute}> to be a number`, got, hint);
    return undefined;
  }

  checkOrder(
    element: XmlElement,
    joint: string,
    [low, lower]: readonly [string, number | undefined],
    [high, upper]: readonly [string, number | undefined],
    hint: string,
  ): void {
    if (lower === undefined || upper === undefined || lower < upper) return;
    this.report(
      element,
      joint,
      `expected ${low} < ${high} in <${element.name}>`,
      `${lower} and ${upper}`,
      hint,
    );
  }

  refuseRange(element: XmlElement, joint: string, attributes: readonly string[]): void {
    for (const attribute of attributes)
      if (element.attributes.has(attribute))
        this.report(
          element,
          joint,
          `expected no <${element.name} ${attribute}>, because it is continuous`,
          quoted(element.attributes.get(attribute) ?? ''),
          'Make the joint revolute if it has a range; take the range out if it has none.',
        );
  }

  statement(
    joint: string,
    quantity: LimitQuantity,
    element: XmlElement,
    attribute: string,
    value: number,
  ): LimitStatement {
    return { joint, quantity, value, source: `${this.#source}: <${element.name} ${attribute}>` };
  }

  report(element: XmlElement, joint: string, expected: string, got: string, hint: string): void {
    const where = joint === '' ? '' : `joint ${joint}: `;
    this.problems.push({
      message: `${this.#source}: line ${element.line}: ${where}${expected}, got ${got}`,
      hint: /\$[{(]/.test(got) ? RUN_XACRO : hint,
    });
  }
}
