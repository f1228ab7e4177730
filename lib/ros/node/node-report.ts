import type { VLAError } from '../../errors.js';
import type { DiagnosticStatusMessage, KeyValue, LifecycleState } from '../messages.js';
import type { NodeHealth } from './node-health.js';
import type { PolicyStack } from './policy-stack.js';
import type { Task } from './task.js';

/** Levels of diagnostic_msgs/DiagnosticStatus. */
const OK = 0;
const WARN = 1;
const ERROR = 2;
const STALE = 3;

/** A camera or joint state that is silent for so long is stale, milliseconds. */
const SILENT_MS = 1000;

/** Everything that the node says about itself. */
export interface NodeFacts {
  /** Full name of the node. */
  readonly name: string;
  readonly state: LifecycleState;
  readonly task: Task;
  /** Why nothing may move; undefined while it may. */
  readonly latched: VLAError | undefined;
  readonly health: NodeHealth;
  /** What the node has while it is configured. */
  readonly stack: PolicyStack | undefined;
}

/** `~/status`: what the node is doing, in one message that late subscribers get too. */
export function statusMessage(facts: NodeFacts): DiagnosticStatusMessage {
  const { name, state, task, latched, health, stack } = facts;
  const level = latched ? ERROR : task.state === 'failed' ? WARN : OK;
  const message = latched?.message ?? task.reason?.message ?? '';
  return status(name, level, message === '' ? task.state : message, stack, {
    lifecycle: state.label,
    task: task.state,
    instruction: task.instruction,
    reason: latched?.code ?? task.reason?.code,
    hint: latched?.hint ?? task.reason?.hint,
    latched: latched !== undefined,
    frame_to_command_ms: health.lastCommandMs,
    audit: stack?.motion?.executor.auditFile,
  });
}

/** `/diagnostics`: one status each for the policy, the camera, the joint states and the safe side. */
export function diagnostics(facts: NodeFacts): readonly DiagnosticStatusMessage[] {
  const { stack } = facts;
  return [
    policy(facts),
    ...(stack === undefined
      ? []
      : [topic(facts, 'camera', { ...stack.camera.stats, messages: stack.camera.stats.frames }, stack)]),
    ...(stack?.joints === undefined ? [] : [topic(facts, 'joint states', stack.joints.stats, stack)]),
    // A latch outlives the executor that has stopped.
    ...(stack?.motion === undefined && facts.latched === undefined ? [] : [safety(facts)]),
  ];
}

function policy({ name, state, task, health, stack }: NodeFacts): DiagnosticStatusMessage {
  const { inferMs, inferenceErrors, callbackErrors, lastError, monitor } = health;
  const { executions, successes } = monitor.summary();
  const failing = task.state === 'failed';
  return status(
    `${name}: policy`,
    failing ? WARN : OK,
    failing ? (task.reason?.message ?? '') : state.label,
    stack,
    {
      policy: stack?.engine.policy.id,
      backend: stack?.engine.backend,
      task: task.state,
      instruction: task.instruction,
      chunks: health.chunks,
      inference_errors: inferenceErrors,
      callback_errors: callbackErrors,
      last_error: lastError?.message,
      inference_ms_p50: inferMs.percentile(0.5),
      inference_ms_p99: inferMs.percentile(0.99),
      runs: executions,
      successes,
    },
  );
}

interface TopicStats {
  readonly topic: string;
  readonly messages: number;
  /** Milliseconds on the robot's clock; undefined before the first. */
  readonly lastArrivalMs: number | undefined;
  readonly rateHz: number;
}

function topic(
  { name }: NodeFacts,
  what: string,
  stats: TopicStats,
  stack: PolicyStack,
): DiagnosticStatusMessage {
  const { messages, lastArrivalMs, rateHz } = stats;
  const silentMs = lastArrivalMs === undefined ? undefined : stack.time.clock.now() - lastArrivalMs;
  const stale = silentMs === undefined || silentMs > SILENT_MS;
  const text = stale ? (silentMs === undefined ? 'nothing received' : 'silent') : 'receiving';
  return status(`${name}: ${what}`, stale ? STALE : OK, text, stack, {
    topic: stats.topic,
    messages,
    rate_hz: rateHz,
    silent_ms: silentMs,
  });
}

function safety({ name, latched, health, stack }: NodeFacts): DiagnosticStatusMessage {
  const { commands, rejects, deadlineMisses, guardMs, commandMs } = health;
  return status(`${name}: safety`, latched ? ERROR : OK, latched?.message ?? 'not latched', stack, {
    latched: latched !== undefined,
    reason: latched?.code,
    commands,
    rejects,
    deadline_misses: deadlineMisses,
    guard_ms_p50: guardMs.percentile(0.5),
    guard_ms_p99: guardMs.percentile(0.99),
    frame_to_command_ms_p50: commandMs.percentile(0.5),
    frame_to_command_ms_p99: commandMs.percentile(0.99),
  });
}

function status(
  name: string,
  level: number,
  message: string,
  stack: PolicyStack | undefined,
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): DiagnosticStatusMessage {
  return {
    level,
    name,
    message,
    hardware_id: stack?.engine.policy.id ?? '',
    values: Object.entries(values).flatMap(([key, value]): KeyValue[] =>
      value === undefined ? [] : [{ key, value: typeof value === 'number' ? ms(value) : String(value) }],
    ),
  };
}

function ms(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
