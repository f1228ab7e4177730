import type { Waypoint } from '../action/action-chunk.js';
import type { Leg } from './decision.js';

/** Progress is a sum of fractions of steps. */
const ROUNDING = 1e-9;

interface Awaited {
  readonly waypoint: Waypoint;
  readonly progress: number;
  readonly leg: number;
  readonly endsLeg: boolean;
}

/** The waypoints of a motion that are still to be passed, in order. */
export class PassingWaypoints {
  #awaited: readonly Awaited[] = [];

  /** Progress at the last of them; −Infinity when none is left. */
  get endProgress(): number {
    return this.#awaited.at(-1)?.progress ?? Number.NEGATIVE_INFINITY;
  }

  /** @param waypoints one per point of the legs, but for the point at which each leg starts */
  start(legs: readonly Leg[], waypoints: readonly Waypoint[]): void {
    const awaited: Awaited[] = [];
    for (const [leg, { progress }] of legs.entries())
      for (const [index, at] of progress.slice(1).entries()) {
        const waypoint = waypoints[awaited.length];
        if (waypoint === undefined) continue;
        awaited.push({ waypoint, progress: at, leg, endsLeg: index === progress.length - 2 });
      }
    this.#awaited = awaited;
  }

  clear(): void {
    this.#awaited = [];
  }

  /** Those that were passed since the last call. One at the end of a leg has passed once the gripper is at rest. */
  passed(progress: number, legsDone: number): readonly Waypoint[] {
    const left = this.#awaited.findIndex(({ progress: at, leg, endsLeg }) =>
      endsLeg ? legsDone <= leg : at > progress + ROUNDING,
    );
    const passed = left < 0 ? this.#awaited : this.#awaited.slice(0, left);
    this.#awaited = this.#awaited.slice(passed.length);
    return passed.map(({ waypoint }) => waypoint);
  }
}
