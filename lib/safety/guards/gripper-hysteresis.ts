import type { SafetyMemory } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { measures } from './measures.js';

/** Whether the gripper was told to close (null before its first command), and when it last changed, ms. */
export type GripperMemory = SafetyMemory['gripper'];

export interface GripperCommands {
  /** Per waypoint: closed or open; null as long as nothing tells. */
  readonly closed: readonly (boolean | null)[];
  /** Per waypoint: whether the gripper has to be told there. The first command of all counts as a change. */
  readonly changes: readonly boolean[];
  /**
   * Kinds, both modify: `dwell` a change that came too soon after another and was held off, value and limit in seconds;
   * `unseen` a change back, wanted by a policy that had not seen the last change yet, was left out.
   */
  readonly reasons: readonly SafetyReason[];
}

/**
 * Gripper values to commands without chatter. A value above gripperCloseAbove closes, one below gripperOpenBelow opens,
 * one in between holds; so does NaN or an infinite value. As long as no command was ever given there is nothing to hold
 * and the plain rule decides: above 0.5 closes. A change less than gripperDwellS after the one before is held off.
 *
 * A policy whose observation was made before the last change was done does not know of it, and shall not undo it by
 * repeating what was true before: the gripper holds until a waypoint agrees with it.
 *
 * What the waypoints would change is not remembered here, because a newer chunk may take their place: enter each change
 * that is really executed with {@link gripperChanged}.
 *
 * @param values per waypoint, 0 = open, 1 = closed; null = the policy says nothing
 * @param dueMs per waypoint, when it is reached: milliseconds on the robot's clock
 * @param observedMs when the observation behind the values was made
 */
export function filterGripper(
  values: readonly (number | null)[],
  dueMs: readonly number[],
  memory: GripperMemory,
  config: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow' | 'gripperDwellS'>,
  observedMs: number,
): GripperCommands {
  const { gripperDwellS } = config;
  const reasons: SafetyReason[] = [];
  const changes: boolean[] = [];
  let state = memory;
  let knows = hasSeen(memory, observedMs);
  const closed = values.map((value, waypoint) => {
    const asked = wantedState(value, state.closed, config);
    knows ||= confirms(value, state.closed, config);
    const wanted = knows ? asked : state.closed;
    if (wanted !== asked && reasons.length === 0) reasons.push(unseen(waypoint, state.closed));
    const atMs = dueMs[waypoint] ?? Number.NaN;
    const sinceS = state.changedAtMs === null ? Number.POSITIVE_INFINITY : (atMs - state.changedAtMs) / 1000;
    const wantsChange = wanted !== null && wanted !== state.closed;
    // Negated, so that a time that is NaN lets no change through.
    const heldOff = wantsChange && !(sinceS >= gripperDwellS);
    if (heldOff)
      reasons.push({
        guard: 'gripper',
        outcome: 'modify',
        kind: 'dwell',
        message: `waypoint ${waypoint}: the gripper would ${wanted ? 'close' : 'open'} ${sinceS} s after its last change, at least ${gripperDwellS} s are expected, so it holds`,
        waypoint,
        ...measures(sinceS, gripperDwellS),
      });
    const change = wantsChange && !heldOff;
    changes.push(change);
    if (change) state = gripperChanged(wanted, atMs);
    return state.closed;
  });
  return { closed, changes, reasons };
}

/**
 * The last of some waypoints at which the gripper should have changed and has not: without it the arm would go on to lift
 * what it never grasped. Undefined when the gripper is as it should be, or was never told anything.
 *
 * @param values of waypoints that were due by now
 */
export function missedGripperChange(
  values: readonly (number | null)[],
  memory: GripperMemory,
  config: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow'>,
  observedMs: number,
): number | undefined {
  if (memory.closed === null) return undefined;
  // Late enough for each change to be allowed.
  const dueMs = values.map((_, index) => (memory.changedAtMs ?? 0) + index);
  const { closed, changes } = filterGripper(
    values,
    dueMs,
    memory,
    { ...config, gripperDwellS: 0 },
    observedMs,
  );
  return closed.at(-1) === memory.closed || closed.length === 0 ? undefined : changes.lastIndexOf(true);
}

/**
 * Where a policy asks for a gripper change that an older chunk has made since it looked: the first waypoint that agrees.
 * What comes before it led up to that change. Undefined when it has seen the last change, or never agrees.
 *
 * @param values per waypoint
 */
export function repeatedGripperChange(
  values: readonly (number | null)[],
  memory: GripperMemory,
  config: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow'>,
  observedMs: number,
): number | undefined {
  if (hasSeen(memory, observedMs)) return undefined;
  const index = values.findIndex((value) => confirms(value, memory.closed, config));
  return index < 0 ? undefined : index;
}

/** What to remember once the gripper was told to close or open, and while it does: `atMs` on the robot's clock. */
export function gripperChanged(closed: boolean, atMs: number): GripperMemory {
  return { closed, changedAtMs: atMs };
}

function hasSeen({ closed, changedAtMs }: GripperMemory, observedMs: number): boolean {
  return closed === null || changedAtMs === null || observedMs >= changedAtMs;
}

/** Whether a value asks for the present state by itself: a value in between agrees with anything. */
function confirms(
  value: number | null,
  closed: boolean | null,
  config: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow'>,
): boolean {
  return wantedState(value, !closed, config) === closed;
}

function unseen(waypoint: number, closed: boolean | null): SafetyReason {
  const now = closed ? 'closed' : 'opened';
  return {
    guard: 'gripper',
    outcome: 'modify',
    kind: 'unseen',
    message: `waypoint ${waypoint}: the gripper was ${now} after the policy looked, so it holds until the policy agrees`,
    waypoint,
  };
}

function wantedState(
  value: number | null,
  closed: boolean | null,
  { gripperCloseAbove, gripperOpenBelow }: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow'>,
): boolean | null {
  if (value === null || !Number.isFinite(value)) return closed;
  if (closed === null) return value > 0.5;
  if (value > gripperCloseAbove) return true;
  return value < gripperOpenBelow ? false : closed;
}
