import { serviceSchemas } from '../messages/schema.js';
import type { NodeCore } from '../node-core.js';
import { Service } from '../service.js';
import type { NodeParameters } from './node-parameters.js';
import {
  descriptorMessage,
  type ParameterMessage,
  parameterFromMessage,
  valueMessage,
} from './parameter-message.js';

/** The services by which `ros2 param` and other nodes reach the parameters of a node. */
export function serveParameters(
  core: NodeCore,
  parameters: NodeParameters,
  resolve: (service: string) => string,
): readonly Service[] {
  const serve = (type: string, name: string, answer: (request: never) => object) => {
    const full = `rcl_interfaces/srv/${type}`;
    return new Service(core, serviceSchemas(full), { name: resolve(`~/${name}`), type: full }, (request) =>
      answer(request as never),
    );
  };
  return [
    serve('SetParameters', 'set_parameters', (request: { parameters: readonly ParameterMessage[] }) => ({
      results: request.parameters.map((message) => parameters.set([parameterFromMessage(message)])),
    })),
    serve('GetParameters', 'get_parameters', ({ names }: { names: readonly string[] }) => ({
      values: names.map((name) => valueMessage(parameters.get(name))),
    })),
    serve('DescribeParameters', 'describe_parameters', ({ names }: { names: readonly string[] }) => ({
      descriptors: names.map((name) => descriptorMessage(name, parameters.descriptor(name))),
    })),
    serve('ListParameters', 'list_parameters', () => ({
      result: { names: parameters.names(), prefixes: [] },
    })),
  ];
}
