import type { RclSetParametersResult } from '../../../../lib/ros/rcl.js';
import { Parameter, ParameterDescriptor } from './parameter.js';

const NOT_SET = 0;

export type SetParametersCallback = (parameters: readonly Parameter[]) => RclSetParametersResult;

/** The parameters of one node. */
export class NodeParameters {
  readonly #values = new Map<string, Parameter>();
  readonly #descriptors = new Map<string, ParameterDescriptor>();
  readonly #overrides: ReadonlyMap<string, Parameter>;
  readonly #callbacks: SetParametersCallback[] = [];

  constructor(overrides: ReadonlyMap<string, Parameter>) {
    this.#overrides = overrides;
  }

  overrides(): Parameter[] {
    return [...this.#overrides.values()];
  }

  declare(given: Parameter, description: object | undefined, ignoreOverride: boolean): Parameter {
    const parameter = (ignoreOverride ? undefined : this.#overrides.get(given.name)) ?? given;
    if (this.#values.has(parameter.name)) throw new Error(`Parameter(${parameter.name}) already declared.`);
    const descriptor =
      description ?? new ParameterDescriptor(parameter.name, parameter.type, 'Created from parameter.');
    if (!(descriptor instanceof ParameterDescriptor))
      throw new TypeError('descriptor must be a ParameterDescriptor');
    this.#descriptors.set(descriptor.name, descriptor);
    const { successful, reason } = this.#set([parameter], true);
    if (!successful) {
      this.#descriptors.delete(descriptor.name);
      throw new Error(reason);
    }
    return this.get(parameter.name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): Parameter {
    return this.#values.get(name) ?? new Parameter(name, NOT_SET);
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  descriptor(name: string): ParameterDescriptor | undefined {
    return this.#descriptors.get(name);
  }

  set(parameters: readonly Parameter[]): RclSetParametersResult {
    return this.#set(parameters, false);
  }

  /** The last one added is asked first. */
  onSet(callback: SetParametersCallback): void {
    this.#callbacks.unshift(callback);
  }

  #set(parameters: readonly Parameter[], declaring: boolean): RclSetParametersResult {
    for (const parameter of parameters) {
      const reason = this.#refusal(parameter, declaring);
      if (reason !== undefined) return { successful: false, reason };
    }
    for (const callback of this.#callbacks) {
      const result = callback(parameters);
      if (!result.successful) return result;
    }
    for (const parameter of parameters) {
      if (parameter.type !== NOT_SET) this.#values.set(parameter.name, parameter);
      else {
        this.#values.delete(parameter.name);
        this.#descriptors.delete(parameter.name);
      }
    }
    return { successful: true, reason: '' };
  }

  #refusal(parameter: Parameter, declaring: boolean): string | undefined {
    const { name } = parameter;
    const descriptor = this.#descriptors.get(name);
    // rclnodejs makes up a descriptor for what was not declared, without a type: no value fits it.
    if (!descriptor) return parameter.type === NOT_SET ? undefined : `Parameter ${name} does not  readonly`;
    if (!declaring && descriptor.readOnly) return `Parameter ${name} is readonly`;
    if (parameter.type === NOT_SET) return undefined;
    try {
      descriptor.validateParameter(parameter);
      return undefined;
    } catch {
      return `Parameter ${name} does not  readonly`;
    }
  }
}
