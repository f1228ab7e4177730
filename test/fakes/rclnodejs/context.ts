import { parseRosArguments, type RosArguments } from './ros-arguments.js';

interface Destroyable {
  destroy(): void;
}

export class Context {
  readonly #domain: number;
  readonly #nodes = new Set<Destroyable>();
  #state: 'uninitialized' | 'valid' | 'shutdown' = 'uninitialized';
  #arguments: RosArguments = { remaps: [], overrides: [] };

  constructor(domainId?: bigint) {
    this.#domain = Number(domainId ?? process.env['ROS_DOMAIN_ID'] ?? 0);
  }

  static #default: Context | undefined;

  static defaultContext(): Context {
    if (!Context.#default || Context.#default.isShutdown()) Context.#default = new Context();
    return Context.#default;
  }

  get domainId(): number {
    return this.#domain;
  }

  get arguments(): RosArguments {
    return this.#arguments;
  }

  initialize(argv: readonly string[]): void {
    if (this.#state !== 'uninitialized') throw new Error('The context has already been initialized.');
    this.#arguments = parseRosArguments(argv);
    this.#state = 'valid';
  }

  isInitialized(): boolean {
    return this.#state === 'valid';
  }

  isShutdown(): boolean {
    return this.#state === 'shutdown';
  }

  add(node: Destroyable): void {
    if (!this.isInitialized()) throw new Error('the context is not initialized');
    this.#nodes.add(node);
  }

  remove(node: Destroyable): void {
    this.#nodes.delete(node);
  }

  shutdown(): void {
    for (const node of [...this.#nodes]) node.destroy();
    this.#state = 'shutdown';
  }

  tryShutdown(): void {
    if (this.isInitialized()) this.shutdown();
  }
}
