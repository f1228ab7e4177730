import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { LimitViolation, MotionLimits } from '../trajectory/motion-limits.js';
import { scaleToLimits } from '../trajectory/time-scaling.js';
import type { Leg } from './decision.js';

export interface LegRequest {
  readonly start: JointReference;
  /** Joint targets, rad. */
  readonly waypoints: readonly (readonly number[])[];
  /** What the gripper does at each waypoint; null = nothing. */
  readonly gripper: readonly (boolean | null)[];
  /** Seconds to the first waypoint, and between the others. */
  readonly firstS: number;
  readonly stepS: number;
  readonly startProgress: number;
  /** Progress of the first waypoint. */
  readonly progress: number;
  readonly restAtEach: boolean;
  readonly limits: MotionLimits;
  readonly maxScale: number;
  /** The same for single legs, by their number; a leg without one has none of its own. */
  readonly legScales: readonly (number | undefined)[];
  readonly minScale: number;
}

export type LegPlan =
  | {
      readonly ok: true;
      readonly legs: readonly Leg[];
      /** Share of the planned pace between the ends, per leg. */
      readonly scales: readonly number[];
      /** Time planned over time taken, smallest over the legs. */
      readonly timeScale: number;
    }
  | { readonly ok: false; readonly violation: LimitViolation; readonly waypoint: number };

/**
 * The motions through the waypoints: one to rest at every waypoint where the gripper changes, and one to rest at the
 * last. Each leg has one time scale for all of its joints.
 */
export function planLegs(request: LegRequest): LegPlan {
  const { waypoints, gripper, progress, startProgress, restAtEach, limits, minScale, stepS } = request;
  const legs: Leg[] = [];
  const scales: number[] = [];
  let timeScale = 1;
  let start = request.start;
  let firstS = request.firstS;
  let legProgress = startProgress;
  for (let from = 0; from < waypoints.length; ) {
    let to = from;
    while (to < waypoints.length - 1 && !restAtEach && gripper[to] === null) to++;
    const targets = waypoints.slice(from, to + 1);
    const maxScale = Math.min(request.maxScale, request.legScales[legs.length] ?? 1);
    const scaled = scaleToLimits({ start, waypoints: targets, firstS, stepS, limits, maxScale, minScale });
    if (!scaled.ok) return { ok: false, violation: scaled.violation, waypoint: from };
    scales.push(scaled.scale);
    timeScale = Math.min(timeScale, scaled.timeShare);
    legs.push({
      points: scaled.points,
      // One that lies behind is caught up on, and progress waits meanwhile.
      progress: [legProgress, ...targets.map((_, index) => Math.max(startProgress, progress + from + index))],
      gripper: gripper[to] ?? null,
    });
    const positions = targets.at(-1) ?? start.positions;
    const still = positions.map(() => 0);
    start = { positions, velocities: still, accelerations: still };
    legProgress = Math.max(startProgress, progress + to);
    firstS = stepS;
    from = to + 1;
  }
  return { ok: true, legs, scales, timeScale };
}
