import type { Waypoint } from '../../../lib/action/action-chunk.js';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import type { CommandHistory, Received } from './commanded.js';
import { type Escape, judgeForm, judgeLimits, type OracleLimits, shareOf } from './motion-oracle.js';
import { sameBits, sendable } from './request-oracle.js';
import { judgePath, judgeSeam } from './seam-oracle.js';

export interface OracleRobot {
  readonly joints: number;
  /** Whole limits. */
  readonly limits: OracleLimits;
  /** Share of them that motions may use. */
  readonly motionFactor: number;
  readonly startTolerance: number;
}

/** Why a command came, as far as its receiver can tell. */
export type Occasion = 'request' | 'tick' | 'slow-down' | 'stop';

export interface Arrival {
  readonly received: Received;
  readonly occasion: Occasion;
  /** Whether the executor had latched by then: what comes now may only brake. */
  readonly latched: boolean;
  readonly history: CommandHistory;
  readonly measured: { readonly positions: readonly number[]; readonly velocities: readonly number[] };
}

/** What the surroundings have against a motion. `slack`: what it may lack because it replays a judged path, m. */
export type Surroundings = (points: readonly TrajectoryPoint[], slack: number) => Escape[];

/** How far the curve of a changed pace may be from the path that was proven free, m. */
const CHANGED_PATH = 1e-3;

interface Plan {
  readonly targets: readonly (readonly number[] | undefined)[];
  /** Indices of the waypoint that the plan may have started with. */
  starts: readonly number[];
  sent: number;
  readonly surroundings: Surroundings;
}

/** Judges every command of an executor by what the robot was commanded before and by the request that it serves. */
export class CommandOracle {
  readonly #robot: OracleRobot;
  #plan: Plan | undefined;
  /** Share of the limits that the running motion was allowed. */
  #share: number;
  /** Where the running leg began, rad. */
  #began: readonly number[] | undefined;

  constructor(robot: OracleRobot) {
    this.#robot = robot;
    this.#share = robot.motionFactor;
  }

  /**
   * @param nothing why nothing may be sent for the request
   * @returns what judges the commands until the request is answered
   */
  request(waypoints: readonly Waypoint[], nothing: string | undefined, surroundings: Surroundings) {
    const plan: Plan = {
      targets: waypoints.map((waypoint) => sendable(waypoint, this.#robot.limits)),
      starts: waypoints.map((_, index) => index),
      sent: 0,
      surroundings,
    };
    return {
      command: (arrival: Arrival): Escape[] => {
        if (arrival.latched) return this.#brake(arrival);
        if (nothing !== undefined) return [`sent although ${nothing}`];
        this.#plan = plan;
        return this.#leg(arrival, plan);
      },
      /**
       * @param sent waypoints that were said to be sent, now or once the gripper is at rest
       * @param whole whether these were said to be all that was left of the request
       */
      answered: (sent: number, whole: boolean): Escape[] => {
        if (sent === 0) return [];
        if (nothing !== undefined) return [`accepted although ${nothing}`];
        this.#plan = plan;
        const fits = plan.starts.some((start) =>
          whole ? start + sent === waypoints.length : start + sent <= waypoints.length,
        );
        return fits ? [] : [`${sent} waypoints of ${waypoints.length} sent from one of [${plan.starts}]`];
      },
    };
  }

  /** Judges a command that no request asked for. */
  command(arrival: Arrival): Escape[] {
    const { received, history, latched, occasion } = arrival;
    if (latched || occasion === 'stop') return this.#brake(arrival);
    const resting = history.at(Math.max(received.trajectory.startMs, received.at)).resting;
    if (!resting) return this.#change(arrival, occasion === 'tick' ? 1 : this.#robot.motionFactor);
    if (this.#plan === undefined) return ['a motion that nobody asked for'];
    return this.#leg(arrival, this.#plan);
  }

  #leg(arrival: Arrival, plan: Plan): Escape[] {
    const { points } = arrival.received.trajectory;
    this.#share = this.#robot.motionFactor;
    this.#began = points[0]?.positions;
    const targets = points.slice(1);
    const matches = (start: number) =>
      targets.every(({ positions }, index) => {
        const target = plan.targets[start + plan.sent + index];
        return target !== undefined && sameBits(target, positions);
      });
    plan.starts = plan.starts.filter(matches);
    plan.sent += targets.length;
    const escapes = this.#common(arrival, this.#share);
    if (targets.length === 0) escapes.push('a motion to nowhere');
    if (plan.starts.length === 0)
      escapes.push(`[${targets.map(({ positions }) => `[${positions}]`)}] are no waypoints of the request`);
    return [...escapes, ...plan.surroundings(points, 0)];
  }

  #brake(arrival: Arrival): Escape[] {
    return this.#change(arrival, 1);
  }

  #change(arrival: Arrival, share: number): Escape[] {
    this.#share = Math.max(this.#share, share);
    const { trajectory } = arrival.received;
    const escapes = [...this.#common(arrival, this.#share)];
    if (escapes.length > 0) return escapes;
    escapes.push(...judgePath({ history: arrival.history, trajectory, at: arrival.received.at }));
    return [...escapes, ...(this.#plan?.surroundings(trajectory.points, CHANGED_PATH) ?? [])];
  }

  #common({ received, history, measured }: Arrival, share: number): Escape[] {
    const { joints, limits, startTolerance } = this.#robot;
    const { trajectory, at } = received;
    const escapes = judgeForm(trajectory.points, joints);
    if (escapes.length > 0) return escapes;
    return [
      ...judgeLimits(trajectory.points, shareOf(limits, share), this.#began),
      ...judgeSeam({ history, trajectory, at, measured, startTolerance, limits }),
    ];
  }
}
