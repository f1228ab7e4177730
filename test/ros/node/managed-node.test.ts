import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import type { LifecycleTransition, TransitionEventMessage } from '../../../lib/ros/messages.js';
import { type LifecycleHooks, ManagedNode } from '../../../lib/ros/node/managed-node.js';
import { RELIABLE } from '../../../lib/ros/qos.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, onRealRos, type TestGraph, until } from '../harness.js';

const TIMEOUT_MS = 20_000;

let graph: TestGraph;
let node: RosNode;
beforeEach(async () => {
  graph = newGraph();
  node = await graph.node('vla_node');
});
afterEach(() => graph.dispose());

/** Hooks whose promises the test settles. */
class Hooks implements LifecycleHooks {
  readonly calls: string[] = [];
  readonly errors: VLAError[] = [];
  fails: (hook: string) => unknown = () => undefined;
  /** A hook waits for this. */
  gate: Promise<void> = Promise.resolve();
  running = 0;
  mostAtOnce = 0;

  configure = () => this.#run('configure');
  activate = () => this.#run('activate');
  deactivate = () => this.#run('deactivate');
  cleanup = () => this.#run('cleanup');
  shutdown = () => this.#run('shutdown');
  error = (error: VLAError) => {
    this.errors.push(error);
    return this.#run('error');
  };

  async #run(hook: string): Promise<void> {
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    this.calls.push(hook);
    await this.gate;
    this.running--;
    const failure = this.fails(hook);
    if (failure !== undefined) throw failure;
  }
}

function gate(): { closed: Promise<void>; open: () => void } {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

async function changeState(): Promise<(transition: Partial<LifecycleTransition>) => Promise<boolean>> {
  const other = await graph.node('operator');
  const service = other.client('lifecycle_msgs/srv/ChangeState', 'vla_node/change_state');
  await until(() => service.available());
  return async ({ id = 0, label = '' }) =>
    (await service.call({ transition: { id, label } }, TIMEOUT_MS)).success;
}

test('goes through its life by itself', async () => {
  const hooks = new Hooks();
  using managed = new ManagedNode(node, hooks);
  expect(managed.state).toEqual({ id: 1, label: 'unconfigured' });
  expect(await managed.configure()).toBe(true);
  expect(managed.state).toEqual({ id: 2, label: 'inactive' });
  expect(await managed.activate()).toBe(true);
  expect(managed.state).toEqual({ id: 3, label: 'active' });
  expect(await managed.deactivate()).toBe(true);
  expect(await managed.cleanup()).toBe(true);
  expect(managed.state).toEqual({ id: 1, label: 'unconfigured' });
  expect(await managed.shutdown()).toBe(true);
  expect(managed.state).toEqual({ id: 4, label: 'finalized' });
  expect(hooks.calls).toEqual(['configure', 'activate', 'deactivate', 'cleanup', 'shutdown']);
});

test('answers change_state when the transition is over, and get_state meanwhile', async () => {
  const hooks = new Hooks();
  const { closed, open } = gate();
  hooks.gate = closed;
  using _managed = new ManagedNode(node, hooks);
  const change = await changeState();
  const asked = (await graph.node('watcher')).client('lifecycle_msgs/srv/GetState', 'vla_node/get_state');
  await until(() => asked.available());

  let answer: boolean | undefined;
  const changed = change({ id: 1 }).then((success) => {
    answer = success;
  });
  await until(() => hooks.calls.length === 1);
  expect((await asked.call({}, TIMEOUT_MS)).current_state).toEqual({ id: 10, label: 'configuring' });
  expect(answer).toBeUndefined();
  open();
  await changed;
  expect(answer).toBe(true);
  expect((await asked.call({}, TIMEOUT_MS)).current_state).toEqual({ id: 2, label: 'inactive' });
});

test('takes a transition by its label, which counts more than the id', async () => {
  using managed = new ManagedNode(node, new Hooks());
  const change = await changeState();
  expect(await change({ label: 'configure' })).toBe(true);
  expect(await change({ id: 2, label: 'activate' })).toBe(true);
  expect(managed.state.label).toBe('active');
  expect(await change({ id: 4, label: 'no such label' })).toBe(false);
  expect(await change({ label: 'transition_success' })).toBe(false);
  expect(await change({ id: 5 })).toBe(false);
  expect(managed.state.label).toBe('active');
  expect(await change({ label: 'shutdown' })).toBe(true);
  expect(managed.state.label).toBe('finalized');
});

test('refuses what comes during a transition, but shuts down after it', async () => {
  const hooks = new Hooks();
  const { closed, open } = gate();
  hooks.gate = closed;
  using managed = new ManagedNode(node, hooks);
  const change = await changeState();
  const configured = managed.configure();
  expect(await managed.configure()).toBe(false);
  // By the id of the state that the node has left; it arrives before the next request is answered.
  const shutDown = change({ id: 5 });
  expect(await change({ id: 3 })).toBe(false);
  const alsoShutDown = managed.shutdown();
  expect(hooks.calls).toEqual(['configure']);
  open();
  expect(await configured).toBe(true);
  expect(await shutDown).toBe(true);
  expect(await alsoShutDown).toBe(true);
  expect(hooks.calls).toEqual(['configure', 'shutdown']);
  expect(managed.state.label).toBe('finalized');
  expect(await managed.shutdown()).toBe(false);
});

test('stays where it was when configure or activate fails, and can be asked again', async () => {
  const hooks = new Hooks();
  using managed = new ManagedNode(node, hooks);
  hooks.fails = () => new VLAError('BUNDLE_NOT_FOUND', 'there is no bundle', { hint: 'Look elsewhere.' });
  expect(await managed.configure()).toBe(false);
  expect(managed.state.label).toBe('unconfigured');
  hooks.fails = () => undefined;
  expect(await managed.configure()).toBe(true);
  hooks.fails = () => new Error('no robot');
  expect(await managed.activate()).toBe(false);
  expect(managed.state.label).toBe('inactive');
  expect(hooks.errors).toEqual([]);
});

test('processes the error of a brake that failed, and is unconfigured then', async () => {
  const hooks = new Hooks();
  using managed = new ManagedNode(node, hooks);
  await managed.configure();
  await managed.activate();
  const failure = new VLAError('ROBOT_FAILED', 'the brake failed');
  hooks.fails = (hook) => (hook === 'deactivate' ? failure : undefined);
  expect(await managed.deactivate()).toBe(false);
  expect(hooks.errors).toEqual([failure]);
  expect(managed.state.label).toBe('unconfigured');
});

test('is finalized when error processing fails', async () => {
  const hooks = new Hooks();
  using managed = new ManagedNode(node, hooks);
  await managed.configure();
  hooks.fails = () => new Error('broken');
  expect(await managed.cleanup()).toBe(false);
  expect(hooks.errors[0]).toMatchObject({ code: 'CALLBACK_FAILED', message: 'cleanup threw: broken' });
  expect(managed.state.label).toBe('finalized');
});

test('tells each step on transition_event', async () => {
  const hooks = new Hooks();
  using managed = new ManagedNode(node, hooks);
  const events: TransitionEventMessage[] = [];
  const watcher = await graph.node('watcher');
  const topic = 'vla_node/transition_event';
  watcher.subscribe('lifecycle_msgs/msg/TransitionEvent', topic, RELIABLE, (event) => events.push(event));
  await until(() => node.raw.countSubscribers(node.resolveTopic('~/transition_event')) > 0);
  await managed.configure();
  await managed.activate();
  hooks.fails = (hook) => (hook === 'deactivate' ? new Error('no brake') : undefined);
  await managed.deactivate();
  await until(() => events.length >= 7);
  const steps = events.map(
    ({ start_state, transition, goal_state }) =>
      `${start_state.label} -${transition.id} ${transition.label}-> ${goal_state.label}`,
  );
  expect(steps).toEqual([
    'unconfigured -1 configure-> configuring',
    'configuring -10 transition_success-> inactive',
    'inactive -3 activate-> activating',
    'activating -30 transition_success-> active',
    'active -4 deactivate-> deactivating',
    'deactivating -42 transition_error-> errorprocessing',
    'errorprocessing -60 transition_success-> unconfigured',
  ]);
  expect(events.every(({ timestamp }) => timestamp > 0n)).toBe(true);
});

test('lists states, transitions of now, and the whole graph', async () => {
  using managed = new ManagedNode(node, new Hooks());
  const other = await graph.node('operator');
  const states = other.client('lifecycle_msgs/srv/GetAvailableStates', 'vla_node/get_available_states');
  const type = 'lifecycle_msgs/srv/GetAvailableTransitions';
  const possible = other.client(type, 'vla_node/get_available_transitions');
  const whole = other.client(type, 'vla_node/get_transition_graph');
  await until(() => states.available() && possible.available() && whole.available());
  await managed.configure();

  const { available_states } = await states.call({}, TIMEOUT_MS);
  expect(available_states.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15]);
  const { available_transitions } = await possible.call({}, TIMEOUT_MS);
  expect(available_transitions.map(({ transition }) => transition)).toEqual([
    { id: 2, label: 'cleanup' },
    { id: 3, label: 'activate' },
    { id: 6, label: 'shutdown' },
  ]);
  const graphOfNode = (await whole.call({}, TIMEOUT_MS)).available_transitions;
  expect(graphOfNode).toHaveLength(25);
  expect(graphOfNode).toContainEqual({
    transition: { id: 61, label: 'transition_failure' },
    start_state: { id: 15, label: 'errorprocessing' },
    goal_state: { id: 4, label: 'finalized' },
  });
});

test('its services and topic are under the name that the node was given on the command line', async () => {
  const renamed = await graph.node('vla_node', { args: ['--ros-args', '-r', '__node:=left_arm'] });
  using _managed = new ManagedNode(renamed, new Hooks());
  const other = await graph.node('operator');
  const state = other.client('lifecycle_msgs/srv/GetState', `${graph.namespace}/left_arm/get_state`);
  await until(() => state.available());
  expect((await state.call({}, TIMEOUT_MS)).current_state.label).toBe('unconfigured');
});

test('a disposed one refuses, and its services are gone', async () => {
  const managed = new ManagedNode(node, new Hooks());
  const other = await graph.node('operator');
  const service = other.client('lifecycle_msgs/srv/GetState', 'vla_node/get_state');
  await until(() => service.available());
  managed.dispose();
  managed.dispose();
  await until(() => !service.available());
  await expect(managed.configure()).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(managed.shutdown()).rejects.toMatchObject({ code: 'DISPOSED' });
});

/** The states after a request, written from the article on managed nodes: [state, request, does the work fail?]. */
const LIFE: Readonly<Record<string, Readonly<Record<string, readonly [good: string, bad: string]>>>> = {
  unconfigured: { configure: ['inactive', 'unconfigured'], shutdown: ['finalized', 'error'] },
  inactive: {
    activate: ['active', 'inactive'],
    cleanup: ['unconfigured', 'error'],
    shutdown: ['finalized', 'error'],
  },
  active: {
    deactivate: ['inactive', 'error'],
    shutdown: ['finalized', 'error'],
  },
  finalized: {},
};

test('any sequence of requests and failures keeps to the life cycle of the article', async () => {
  const request = fc.constantFrom('configure', 'activate', 'deactivate', 'cleanup', 'shutdown');
  const step = fc.record({ request, fails: fc.boolean(), errorFails: fc.boolean() });
  const likely = fc.constantFrom('configure', 'activate', 'deactivate');
  const likelyStep = fc.record({
    request: likely,
    fails: fc.constant(false),
    errorFails: fc.constant(false),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(step, likelyStep), { maxLength: 25 }), async (steps) => {
      const hooks = new Hooks();
      using managed = new ManagedNode(node, hooks);
      let expected = 'unconfigured';
      for (const { request: asked, fails, errorFails } of steps) {
        hooks.fails = (hook) => ((hook === 'error' ? errorFails : fails) ? new Error('as told') : undefined);
        const [good, bad] = LIFE[expected]?.[asked] ?? [];
        const reached = (fails ? bad : good) ?? expected;
        const success = await ask(managed, asked);
        expect(success).toBe(good !== undefined && !fails);
        expected = reached === 'error' ? (errorFails ? 'finalized' : 'unconfigured') : reached;
        expect(managed.state.label).toBe(expected);
      }
    }),
    { numRuns: onRealRos ? 10 : 60 },
  );
});

async function ask(managed: ManagedNode, request: string): Promise<boolean> {
  switch (request) {
    case 'configure':
      return managed.configure();
    case 'activate':
      return managed.activate();
    case 'deactivate':
      return managed.deactivate();
    case 'cleanup':
      return managed.cleanup();
    default:
      return managed.shutdown();
  }
}

test('requests that overlap never run two hooks at once, and end in a primary state', async () => {
  const request = fc.constantFrom('configure', 'activate', 'deactivate', 'cleanup', 'shutdown');
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 12 }), fc.func(fc.boolean()), async (requests, fails) => {
      const hooks = new Hooks();
      hooks.fails = (hook) => (fails(hook, hooks.calls.length) ? new Error('as told') : undefined);
      using managed = new ManagedNode(node, hooks);
      await managed.configure();
      await Promise.all(requests.map((asked) => ask(managed, asked)));
      expect(hooks.running).toBe(0);
      expect(hooks.mostAtOnce).toBe(1);
      expect(['unconfigured', 'inactive', 'active', 'finalized']).toContain(managed.state.label);
    }),
    { numRuns: onRealRos ? 10 : 60 },
  );
});
