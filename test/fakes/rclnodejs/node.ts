import type {
  RclEndpointInfo,
  RclLogger,
  RclNameAndTypes,
  RclSetParametersResult,
} from '../../../lib/ros/rcl.js';
import { Client } from './client.js';
import { Context } from './context.js';
import { logger } from './logger.js';
import { messageSchema, serviceSchemas } from './messages/schema.js';
import { checkedNodeName, expandName } from './names.js';
import { NodeCore } from './node-core.js';
import { endpointInfo, endpointsOf, namesAndTypes } from './node-graph.js';
import { NodeParameters, type SetParametersCallback } from './parameters/node-parameters.js';
import { Parameter } from './parameters/parameter.js';
import { serveParameters } from './parameters/parameter-services.js';
import { Publisher } from './publisher.js';
import { qosProfile } from './qos.js';
import {
  parseRosArguments,
  type RemapRule,
  remappedName,
  remappedNamespace,
  remappedNodeName,
} from './ros-arguments.js';
import { RosClock } from './ros-clock.js';
import { type Response, Service } from './service.js';
import { Subscription } from './subscription.js';
import type { Time } from './time.js';

interface Destroyable {
  destroy(): void;
}

export class NodeImplementation {
  readonly core: NodeCore;
  readonly #context: Context;
  readonly #rules: readonly RemapRule[];
  readonly #parameters: NodeParameters;
  readonly #clock: RosClock;
  readonly #logger: RclLogger;
  readonly #owned = new Set<Destroyable>();

  constructor(
    name: string,
    namespace = '',
    context = Context.defaultContext(),
    _options: object = {},
    args: readonly string[] = [],
    useGlobalArguments = true,
  ) {
    const own = parseRosArguments(args);
    this.#rules = [...own.remaps, ...(useGlobalArguments ? context.arguments.remaps : [])];
    this.#context = context;
    const nodeName = remappedNodeName(checkedNodeName(name), this.#rules);
    this.core = new NodeCore(nodeName, remappedNamespace(namespace, nodeName, this.#rules), context.domainId);
    context.add(this);
    this.#logger = logger(this.core.fullName);
    this.#parameters = new NodeParameters(overridesFor(nodeName, context));
    const { fullName } = this.core;
    this.core.add({ kind: 'node', name: fullName, type: '', qos: qosProfile(undefined) });
    this.#clock = new RosClock(this.core, this.#parameters);
    serveParameters(this.core, this.#parameters, (service) => this.resolveServiceName(service));
  }

  name(): string {
    return this.core.nodeName;
  }

  namespace(): string {
    return this.core.namespace;
  }

  getFullyQualifiedName(): string {
    return this.core.fullName;
  }

  getLogger(): RclLogger {
    return this.#logger;
  }

  now(): Time {
    return this.#clock.now();
  }

  get spinning(): boolean {
    return this.core.spinning;
  }

  spin(_timeoutMs = 10): void {
    this.core.spin();
  }

  stop(): void {
    this.core.stop();
  }

  destroy(): void {
    for (const entity of [...this.#owned]) entity.destroy();
    this.core.destroy();
    this.#context.remove(this);
  }

  own(entity: Destroyable): void {
    this.#owned.add(entity);
  }

  disown(entity: Destroyable): void {
    this.#owned.delete(entity);
  }

  createPublisher(
    type: string,
    topic: string,
    options: { readonly qos?: object | string; readonly validateMessages?: boolean } = {},
  ): Publisher {
    const publisher = new Publisher(this.core, messageSchema(type), {
      name: this.resolveTopicName(topic),
      type,
      qos: qosProfile(options.qos),
      validate: options.validateMessages ?? false,
    });
    this.own(publisher);
    return publisher;
  }

  createSubscription(
    type: string,
    topic: string,
    options: { readonly qos?: object | string; readonly isRaw?: boolean },
    callback: (message: unknown) => void,
  ): Subscription {
    const { qos, isRaw = false } = options;
    const name = this.resolveTopicName(topic);
    const description = { name, type, qos: qosProfile(qos), isRaw };
    return new Subscription(this.core, messageSchema(type), description, callback);
  }

  createService(
    type: string,
    name: string,
    _options: object,
    callback: (request: unknown, response: Response) => unknown,
  ): Service {
    const service = { name: this.resolveServiceName(name), type };
    return new Service(this.core, serviceSchemas(type), service, callback);
  }

  createClient(type: string, name: string, options: { readonly validateRequests?: boolean } = {}): Client {
    const validate = options.validateRequests ?? false;
    return new Client(this.core, serviceSchemas(type), {
      name: this.resolveServiceName(name),
      type,
      validate,
    });
  }

  destroyPublisher(publisher: object): void {
    if (!(publisher instanceof Publisher)) throw new TypeError('publisher must be a Publisher instance');
    this.disown(publisher);
    publisher.destroy();
  }

  destroySubscription(subscription: object): void {
    if (!(subscription instanceof Subscription))
      throw new TypeError('subscription must be a Subscription instance');
    subscription.destroy();
  }

  destroyService(service: object): void {
    if (!(service instanceof Service)) throw new TypeError('service must be a Service instance');
    service.destroy();
  }

  destroyClient(client: object): void {
    if (!(client instanceof Client)) throw new TypeError('client must be a Client instance');
    client.destroy();
  }

  declareParameter(parameter: object, descriptor?: object, ignoreOverride = false): Parameter {
    return this.#parameters.declare(ownParameter(parameter), descriptor, ignoreOverride);
  }

  hasParameter(name: string): boolean {
    return this.#parameters.has(name);
  }

  getParameter(name: string): Parameter {
    return this.#parameters.get(name);
  }

  getParameterOverrides(): Parameter[] {
    return this.#parameters.overrides();
  }

  setParameter(parameter: object): RclSetParametersResult {
    return this.#parameters.set([ownParameter(parameter)]);
  }

  addOnSetParametersCallback(callback: SetParametersCallback): void {
    this.#parameters.onSet(callback);
  }

  getTopicNamesAndTypes(): RclNameAndTypes[] {
    return namesAndTypes([...endpointsOf(this.core, 'publisher'), ...endpointsOf(this.core, 'subscription')]);
  }

  getServiceNamesAndTypes(): RclNameAndTypes[] {
    return namesAndTypes(endpointsOf(this.core, 'service'));
  }

  getPublishersInfoByTopic(topic: string): RclEndpointInfo[] {
    return endpointsOf(this.core, 'publisher', this.#expand(topic)).map(endpointInfo);
  }

  getSubscriptionsInfoByTopic(topic: string): RclEndpointInfo[] {
    return endpointsOf(this.core, 'subscription', this.#expand(topic)).map(endpointInfo);
  }

  countPublishers(topic: string): number {
    return endpointsOf(this.core, 'publisher', this.#expand(topic)).length;
  }

  countSubscribers(topic: string): number {
    return endpointsOf(this.core, 'subscription', this.#expand(topic)).length;
  }

  getNodeNamesAndNamespaces(): { readonly name: string; readonly namespace: string }[] {
    return endpointsOf(this.core, 'node').map(({ nodeName, nodeNamespace }) => ({
      name: nodeName,
      namespace: nodeNamespace,
    }));
  }

  getRMWImplementationIdentifier(): string {
    return 'rmw_stand_in';
  }

  resolveTopicName(topic: string, onlyExpand = false): string {
    return this.#resolve(topic, 'topic', onlyExpand);
  }

  resolveServiceName(service: string, onlyExpand = false): string {
    return this.#resolve(service, 'service', onlyExpand);
  }

  #resolve(name: string, kind: 'topic' | 'service', onlyExpand: boolean): string {
    const full = this.#expand(name);
    return onlyExpand ? full : remappedName(full, kind, this.core, this.#rules);
  }

  #expand(name: string): string {
    return expandName(name, this.core.nodeName, this.core.namespace);
  }
}

/** Only those written for every node or for exactly this name: rclnodejs looks for no other form. */
function overridesFor(nodeName: string, context: Context): Map<string, Parameter> {
  const overrides = new Map<string, Parameter>();
  for (const scope of ['/**', nodeName])
    for (const { node, name, value } of context.arguments.overrides)
      if (node === scope) overrides.set(name, new Parameter(name, value.type, value.value));
  return overrides;
}

function ownParameter(parameter: object): Parameter {
  if (!(parameter instanceof Parameter)) throw new TypeError('parameter must be a Parameter');
  return parameter;
}
