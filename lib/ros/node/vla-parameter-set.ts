import { VLAError } from '../../errors.js';
import type { RosNode } from '../ros-node.js';
import { nearestName } from './nearest-name.js';
import { expectation, type ParameterSpec, rosType, type ValueOf } from './parameter-spec.js';
import { acceptedValue } from './parameter-value.js';
import { NodeParameters } from './parameters.js';
import { VLA_PARAMETERS } from './vla-parameters.js';

export type VLAParameterSet = NodeParameters<typeof VLA_PARAMETERS>;

type Specs = typeof VLA_PARAMETERS;

/** Values of some of the node's parameters, by their names. */
export type ParameterValues = { readonly [K in keyof Specs]?: ValueOf<Specs[K]> };

/**
 * Declares the node's parameters.
 *
 * @param values in place of the defaults; the command line and parameter files have the last word
 * @param configured whether the node is configured now: what it was configured with does not change then
 * @throws VLAError INVALID_ARGUMENT for a value that is not allowed, or a name that the node does not have
 */
export function declareVLAParameters(
  node: RosNode,
  values: ParameterValues,
  configured: () => boolean,
): VLAParameterSet {
  return new NodeParameters(node, withDefaults(values), {
    mayChange: (_, kind) => kind === 'live' || !configured(),
  });
}

function withDefaults(values: ParameterValues): Specs {
  const specs: Record<string, ParameterSpec> = { ...VLA_PARAMETERS };
  for (const [name, value] of Object.entries(values)) {
    const spec = specs[name];
    if (spec === undefined) {
      const meant = nearestName(name, Object.keys(VLA_PARAMETERS));
      throw new VLAError('INVALID_ARGUMENT', `the node has no parameter "${name}"`, {
        hint: meant === undefined ? 'docs/ros.md lists them.' : `Did you mean "${meant}"?`,
      });
    }
    if (acceptedValue(spec, { type: rosType(spec), value }) === undefined)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the parameter ${name} must be ${expectation(spec)} of type ${spec.type}, got ${JSON.stringify(value)}`,
      );
    // The value is of the spec's type, as was just seen.
    specs[name] = { ...spec, default: value } as ParameterSpec;
  }
  return specs as Specs;
}
