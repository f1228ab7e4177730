import type { SafetyMemory } from '../decision.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { measures } from './measures.js';

/** Whether the gripper was told to close (null before its first command), and when it was last told to change, ms. */
export type GripperMemory = SafetyMemory['gripper'];

export interface GripperCommands {
  /** Per waypoint: closed or open; null as long as nothing tells. */
  readonly closed: readonly (boolean | null)[];
  /** Per waypoint: whether the gripper has to be told there. The first command of all counts as a change. */
  readonly changes: readonly boolean[];
  /** Kind `dwell`, modify: a change that came too soon after another and was held off; value and limit in seconds. */
  readonly reasons: readonly SafetyReason[];
}

/**
 * Gripper values to commands without chatter. A value above gripperCloseAbove closes, one below gripperOpenBelow opens,
 * one in between holds; so does NaN or an infinite value. As long as no command was ever given there is nothing to hold
 * and the plain rule decides: above 0.5 closes. A change less than gripperDwellS after the one before is held off.
 *
 * What the waypoints would change is not remembered here, because a newer chunk may take their place: enter each change
 * that is really executed with {@link gripperChanged}.
 *
 * @param values per waypoint, 0 = open, 1 = closed; null = the policy says nothing
 * @param dueMs per waypoint, when it is reached: milliseconds on the robot's clock
 */
export function filterGripper(
  values: readonly (number | null)[],
  dueMs: readonly number[],
  memory: GripperMemory,
  config: Pick<SafetyConfig, 'gripperCloseAbove' | 'gripperOpenBelow' | 'gripperDwellS'>,
): GripperCommands {
  const { gripperDwellS } = config;
  const reasons: SafetyReason[] = [];
  const changes: boolean[] = [];
  let state = memory;
  const closed = values.map((value, waypoint) => {
    const wanted = wantedState(value, state.closed, config);
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

/** What to remember once the gripper was told to close or open at `atMs` on the robot's clock. */
export function gripperChanged(closed: boolean, atMs: number): GripperMemory {
  return { closed, changedAtMs: atMs };
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
