import { VLAError } from '../../errors.js';
import type { RclParameter, RclSetParametersResult } from '../rcl.js';
import type { RosNode } from '../ros-node.js';
import { nearestName } from './nearest-name.js';
import { parameterDescriptor } from './parameter-descriptor.js';
import {
  type ChangeKind,
  expectation,
  type ParameterSpec,
  type ParameterSpecs,
  type ParameterValue,
  rosType,
  type ValueOf,
} from './parameter-spec.js';
import { acceptedValue, hasDeclaredType, rosValue } from './parameter-value.js';

export interface NodeParametersOptions {
  /** Whether a parameter of this kind may be changed now. Not asked for read-only ones, nor at the start. */
  readonly mayChange: (name: string, kind: ChangeKind) => boolean;
}

type NameOf<S> = keyof S & string;

/**
 * The parameters of a node: declared with descriptors, set from the command line and parameter files, and changed by
 * `ros2 param set` only to what their specs allow.
 */
export class NodeParameters<const S extends ParameterSpecs> {
  readonly #node: RosNode;
  readonly #specs: ReadonlyMap<string, ParameterSpec>;
  readonly #mayChange: NodeParametersOptions['mayChange'];
  /** The values that the listeners know. */
  readonly #announced: Map<string, ParameterValue>;
  readonly #listeners: ((name: NameOf<S>, value: ParameterValue) => void)[] = [];

  /**
   * Declares the parameters, and warns of given ones that the node does not have.
   *
   * @throws VLAError INVALID_ARGUMENT for values from the command line or a file that a spec does not allow
   */
  constructor(node: RosNode, specs: S, { mayChange }: NodeParametersOptions) {
    this.#node = node;
    this.#specs = new Map(Object.entries(specs));
    this.#mayChange = mayChange;
    this.#announced = startValues(this.#specs, node.givenParameters);
    for (const [name, spec] of this.#specs) {
      const value = rosValue(spec, this.#announced.get(name) ?? spec.default);
      const parameter = new node.rcl.Parameter(name, rosType(spec), value);
      node.raw.declareParameter(parameter, parameterDescriptor(node.rcl, name, spec), true);
    }
    this.#warnOfUnknown();
    node.raw.addOnSetParametersCallback((parameters) => this.#judge(parameters));
  }

  get<K extends NameOf<S>>(name: K): ValueOf<S[K]> {
    // Only values that satisfy the spec of this name are found under it.
    return this.#current(name) as ValueOf<S[K]>;
  }

  /** Called after each change, with the new value. What it throws is logged. */
  onChange(listener: (name: NameOf<S>, value: ParameterValue) => void): void {
    this.#listeners.push(listener);
  }

  /** Never throws: that would abort the process. */
  #judge(parameters: readonly RclParameter[]): RclSetParametersResult {
    try {
      for (const parameter of parameters) {
        const reason = this.#objection(parameter);
        if (reason !== undefined) return { successful: false, reason };
      }
    } catch (error) {
      return { successful: false, reason: text(error) };
    }
    // The values are in place once all who have a say in it have agreed, and the caller of this has returned.
    queueMicrotask(() => this.#announce(parameters.map(({ name }) => name)));
    return { successful: true, reason: '' };
  }

  #objection(parameter: RclParameter): string | undefined {
    const { name } = parameter;
    const spec = this.#specs.get(name);
    if (spec === undefined) return undefined;
    const value = acceptedValue(spec, parameter);
    if (value === undefined || !hasDeclaredType(rosType(spec), parameter)) {
      const shouldWrite = spec.type === 'double' && value !== undefined ? ` (write ${value}.0)` : '';
      return `${name} must be ${expectation(spec)} (${spec.type}), got ${shown(parameter)}${shouldWrite}`;
    }
    if (same(value, this.#current(name)) || this.#mayChange(name, spec.change)) return undefined;
    const how =
      spec.change === 'unconfigured'
        ? `set it while the node is unconfigured (ros2 lifecycle set ${this.#node.fullName} cleanup)`
        : 'it cannot be changed now';
    return `${name}: ${how}`;
  }

  #announce(names: readonly string[]): void {
    for (const name of names) {
      const value = this.#current(name);
      if (value === undefined || same(value, this.#announced.get(name))) continue;
      this.#announced.set(name, value);
      for (const listener of this.#listeners) {
        try {
          listener(name, value);
        } catch (error) {
          this.#node.log.error(`the change of ${name} had no full effect: ${text(error)}`);
        }
      }
    }
  }

  #current(name: string): ParameterValue | undefined {
    const spec = this.#specs.get(name);
    return spec && acceptedValue(spec, this.#node.raw.getParameter(name));
  }

  #warnOfUnknown(): void {
    for (const { name } of this.#node.givenParameters) {
      // Among those that others declare is use_sim_time.
      if (this.#node.raw.hasParameter(name)) continue;
      const meant = nearestName(name, [...this.#specs.keys()]);
      const advice = meant === undefined ? '`ros2 param list` shows them' : `did you mean "${meant}"?`;
      this.#node.log.warn(`the parameter "${name}" is not one of this node's: ${advice}`);
    }
  }
}

function startValues(
  specs: ReadonlyMap<string, ParameterSpec>,
  overrides: readonly RclParameter[],
): Map<string, ParameterValue> {
  const values = new Map([...specs].map(([name, spec]) => [name, spec.default]));
  const problems: string[] = [];
  for (const override of overrides) {
    const spec = specs.get(override.name);
    if (spec === undefined) continue;
    const value = acceptedValue(spec, override);
    if (value === undefined)
      problems.push(
        `the parameter ${override.name} must be ${expectation(spec)} (${spec.type}), got ${shown(override)}`,
      );
    else values.set(override.name, value);
  }
  if (problems.length > 0)
    throw new VLAError('INVALID_ARGUMENT', problems.join('\n'), {
      hint: 'Correct it after --ros-args or in the parameter file. YAML needs quotes around text that looks like a number.',
    });
  return values;
}

function same(one: ParameterValue, other: ParameterValue | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((element, place) => element === other[place]);
}

function shown({ type, value }: RclParameter): string {
  if (type === 0) return 'nothing';
  if (typeof value === 'string') return `the string "${value}"`;
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
