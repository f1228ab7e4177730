/**
 * The part of the package rclnodejs (2.2) that the bridge uses, as plain structure: it is an optional peer whose own
 * types cannot be had where it is not installed, and tests put a stand-in in its place.
 *
 * What it asks of its callers, each of it measured: nothing may be thrown inside a callback (the process aborts), typed
 * arrays in messages must start at byte 0 of their buffers, 64-bit integers are BigInt, integer parameters read back
 * as BigInt, misspelled fields are dropped without a word unless messages are validated, and no promise of an action
 * client is sure to settle.
 */
export interface Rcl {
  init(context?: RclContext, argv?: readonly string[]): Promise<void>;
  readonly Context: new (domainId?: bigint) => RclContext;
  readonly Node: new (
    name: string,
    namespace?: string,
    context?: RclContext,
    options?: object,
    args?: readonly string[],
    useGlobalArguments?: boolean,
  ) => RclNode;
  readonly ActionClient: new (
    node: RclNode,
    type: string,
    name: string,
    options?: { readonly qos?: { readonly feedbackSubQosProfile?: object } },
  ) => RclActionClient;
  readonly ActionServer: new (
    node: RclNode,
    type: string,
    name: string,
    execute: (goal: RclServerGoal) => Promise<object> | object,
    onGoal?: (goal: unknown) => number,
    onAccepted?: (goal: RclServerGoal) => void,
    onCancel?: (goal: RclServerGoal) => number | Promise<number>,
    options?: object,
  ) => { destroy(): void };
  readonly GoalResponse: { readonly ACCEPT: number; readonly REJECT: number };
  readonly CancelResponse: { readonly ACCEPT: number; readonly REJECT: number };
  readonly QoS: new (history?: number, depth?: number, reliability?: number, durability?: number) => object;
  readonly Parameter: new (name: string, type: number, value?: unknown) => RclParameter;
  readonly ParameterDescriptor: new (
    name: string,
    type: number,
    description?: string,
    readOnly?: boolean,
    range?: object,
  ) => object;
  readonly FloatingPointRange: new (from: number, to: number, step?: number) => object;
  readonly IntegerRange: new (from: bigint, to: bigint, step?: bigint) => object;
  /** The class of an interface; throws when its JavaScript was not generated. */
  require(name: string): unknown;
  getActionNamesAndTypes(node: RclNode): readonly RclNameAndTypes[];
}

export interface RclContext {
  readonly domainId: bigint | number;
  /** Destroys the nodes of this context with everything in them. */
  shutdown(): void;
  tryShutdown(): void;
}

export interface RclNode {
  name(): string;
  namespace(): string;
  getFullyQualifiedName(): string;
  getLogger(): RclLogger;
  /** ROS time: the system's, or the one of `/clock` when the parameter `use_sim_time` is true. */
  now(): RclTime;
  /** Begins to deliver callbacks, on JavaScript's main thread. */
  spin(timeoutMs?: number): void;
  stop(): void;
  destroy(): void;
  createPublisher(
    type: string,
    topic: string,
    options?: { readonly qos?: object | string; readonly validateMessages?: boolean },
  ): RclPublisher;
  createSubscription(
    type: string,
    topic: string,
    options: { readonly qos?: object | string; readonly isRaw?: boolean },
    callback: (message: unknown) => void,
  ): RclSubscription;
  createService(
    type: string,
    name: string,
    options: object,
    callback: (request: unknown, response: RclResponse) => void,
  ): RclService;
  createClient(type: string, name: string, options?: object): RclClient;
  destroyPublisher(publisher: RclPublisher): void;
  destroySubscription(subscription: RclSubscription): void;
  destroyService(service: RclService): void;
  destroyClient(client: RclClient): void;
  declareParameter(parameter: RclParameter, descriptor?: object, ignoreOverride?: boolean): RclParameter;
  hasParameter(name: string): boolean;
  getParameter(name: string): RclParameter;
  /** Values from the command line and from parameter files, whether or not they were declared. */
  getParameterOverrides(): readonly RclParameter[];
  setParameter(parameter: RclParameter): RclSetParametersResult;
  addOnSetParametersCallback(callback: (parameters: readonly RclParameter[]) => RclSetParametersResult): void;
  getTopicNamesAndTypes(): readonly RclNameAndTypes[];
  getServiceNamesAndTypes(): readonly RclNameAndTypes[];
  getPublishersInfoByTopic(topic: string, noDemangle?: boolean): readonly RclEndpointInfo[];
  getSubscriptionsInfoByTopic(topic: string, noDemangle?: boolean): readonly RclEndpointInfo[];
  countPublishers(topic: string): number;
  countSubscribers(topic: string): number;
  getNodeNamesAndNamespaces(): readonly { readonly name: string; readonly namespace: string }[];
  getRMWImplementationIdentifier(): string;
  /** The full name after expansion and remapping. */
  resolveTopicName(topic: string, onlyExpand?: boolean): string;
}

export interface RclLogger {
  debug(text: string): boolean;
  info(text: string): boolean;
  warn(text: string): boolean;
  error(text: string): boolean;
  fatal(text: string): boolean;
}

export interface RclTime {
  readonly nanoseconds: bigint;
  toMsg(): { readonly sec: number; readonly nanosec: number };
}

export interface RclPublisher {
  readonly topic: string;
  /** A plain object, or a Buffer of CDR. */
  publish(message: object, options?: { readonly validate?: boolean }): void;
}

export interface RclSubscription {
  readonly topic: string;
}

export interface RclService {
  readonly serviceName: string;
}

export interface RclResponse {
  /** May be called after the callback has returned. */
  send(response: object): void;
}

export interface RclClient {
  readonly serviceName: string;
  sendRequestAsync(
    request: object,
    options?: { readonly timeout?: number; readonly signal?: AbortSignal },
  ): Promise<unknown>;
  isServiceServerAvailable(): boolean;
  waitForService(timeoutMs?: number): Promise<boolean>;
}

export interface RclParameter {
  readonly name: string;
  /** A number of rcl_interfaces/msg/ParameterType. */
  readonly type: number;
  /** A BigInt for an integer. */
  value: unknown;
}

export interface RclSetParametersResult {
  readonly successful: boolean;
  readonly reason: string;
}

export interface RclNameAndTypes {
  readonly name: string;
  readonly types: readonly string[];
}

/** One publisher or subscription of a topic. */
export interface RclEndpointInfo {
  readonly node_name: string;
  readonly node_namespace: string;
  readonly topic_type: string;
  readonly qos_profile: {
    readonly depth: number;
    readonly history: number;
    readonly reliability: number;
    readonly durability: number;
  };
}

export interface RclActionClient {
  sendGoal(
    goal: object,
    onFeedback?: (feedback: unknown) => void,
    id?: object,
    options?: { readonly validate?: boolean },
  ): Promise<RclClientGoal>;
  isActionServerAvailable(): boolean;
  destroy(): void;
}

export interface RclClientGoal {
  isAccepted(): boolean;
  /** action_msgs/msg/GoalStatus, as the server last told it. */
  readonly status: number;
  cancelGoal(): Promise<unknown>;
  /** Settles when the goal has ended; never when the server was killed. */
  getResult(): Promise<unknown>;
}

export interface RclServerGoal {
  /** Made of wrappers: `toPlainObject()` gives plain values. */
  readonly request: { toPlainObject(): unknown };
  readonly isActive: boolean;
  readonly isCancelRequested: boolean;
  execute(callback?: (goal: RclServerGoal) => Promise<object> | object): void;
  publishFeedback(feedback: object): void;
  succeed(): void;
  abort(): void;
  canceled(): void;
}

/** Numbers of rmw/types.h. */
export const HISTORY = { systemDefault: 0, keepLast: 1, keepAll: 2 } as const;
export const RELIABILITY = { systemDefault: 0, reliable: 1, bestEffort: 2 } as const;
export const DURABILITY = { systemDefault: 0, transientLocal: 1, volatile: 2 } as const;

/** Numbers of rcl_interfaces/msg/ParameterType. */
export const PARAMETER_TYPE = {
  bool: 1,
  integer: 2,
  double: 3,
  string: 4,
  boolArray: 6,
  integerArray: 7,
  doubleArray: 8,
  stringArray: 9,
} as const;

/** Numbers of action_msgs/msg/GoalStatus. */
export const GOAL_STATUS = {
  unknown: 0,
  accepted: 1,
  executing: 2,
  canceling: 3,
  succeeded: 4,
  canceled: 5,
  aborted: 6,
} as const;
