import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retraced, trajectoryGoal } from '../../../lib/ros/robot/trajectory-goal.js';
import type { JointTrajectory, TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { fitWaypoints } from '../../../lib/trajectory/waypoint-curve.js';
import { goalCurve, nanoseconds } from '../servers/goal-curve.js';

const NOW_MS = 5000;
const ROS_AHEAD_NS = 1_700_000_000_000_000_000n;
const toStamp = (ms: number) => {
  const ns = ROS_AHEAD_NS + BigInt(Math.round(ms * 1e6));
  return { sec: Number(ns / 1_000_000_000n), nanosec: Number(ns % 1_000_000_000n) };
};

/** What a robot does that was told these, each from its start on. */
function commanded(chain: readonly JointTrajectory[], atMs: number) {
  const running = chain.findLast(({ startMs }) => startMs <= atMs) ?? chain[0];
  if (running === undefined) throw new Error('nothing was commanded');
  return sampleTrajectory(running.points, (atMs - running.startMs) / 1000);
}

const restingAt = (position: number, timeS: number): TrajectoryPoint => ({
  timeS,
  positions: [position],
  velocities: [0],
  accelerations: [0],
});

function move(startMs: number, from: number, to: number, durationS: number): JointTrajectory {
  return { startMs, points: [restingAt(from, 0), restingAt(to, durationS)] };
}

/** Motions of two joints that take over from each other, as an executor makes them: continuous. */
const replacements: fc.Arbitrary<JointTrajectory[]> = fc
  .array(
    fc.record({
      afterMs: fc.double({ min: 0, max: 900, noNaN: true }),
      waypoints: fc.array(
        fc.tuple(
          fc.double({ min: -0.4, max: 0.4, noNaN: true }),
          fc.double({ min: -0.4, max: 0.4, noNaN: true }),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      stepS: fc.double({ min: 0.2, max: 0.5, noNaN: true }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((motions) => {
    const chain: JointTrajectory[] = [];
    let startMs = NOW_MS - 1200;
    for (const { afterMs, waypoints, stepS } of motions) {
      startMs += afterMs;
      const start =
        chain.length === 0
          ? { positions: [0, 0], velocities: [0, 0], accelerations: [0, 0] }
          : commanded(chain, startMs);
      const timesS = waypoints.map((_, index) => (index + 1) * stepS);
      chain.push({ startMs, points: fitWaypoints(start, waypoints, timesS) });
    }
    return chain;
  });

describe('the goal for a trajectory controller', () => {
  it('is, from its first instant to its last, the motion that was commanded', () => {
    fc.assert(
      fc.property(replacements, (chain) => {
        const trajectory = chain.at(-1) as JointTrajectory;
        const goal = trajectoryGoal(['a', 'b'], chain.slice(0, -1), trajectory, NOW_MS, toStamp);
        const { startNs, points } = goalCurve(goal);
        const startMs = Number(startNs - ROS_AHEAD_NS) / 1e6;
        const lastS = points.at(-1)?.timeS ?? 0;
        let worst = 0;
        for (let step = 0; step <= 200; step++) {
          const timeS = (lastS * step) / 200;
          const wanted = commanded(chain, startMs + timeS * 1000).positions;
          sampleTrajectory(points, timeS).positions.forEach((position, joint) => {
            worst = Math.max(worst, Math.abs(position - (wanted[joint] ?? Number.NaN)));
          });
        }
        // Nanoseconds are whole, so the curve may lie half of one beside its time; speeds here are below 10 rad/s.
        expect(worst).toBeLessThan(1e-9 + 10 * 0.5e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('has times that increase strictly from 0 and an end that is still ahead', () => {
    fc.assert(
      fc.property(replacements, (chain) => {
        const trajectory = chain.at(-1) as JointTrajectory;
        const goal = trajectoryGoal(['a', 'b'], chain.slice(0, -1), trajectory, NOW_MS, toStamp);
        const times = goal.trajectory.points.map(({ time_from_start }) => nanoseconds(time_from_start));
        expect(times[0]).toBe(0n);
        for (const [index, time] of times.entries())
          if (index > 0) expect(time).toBeGreaterThan(times[index - 1] ?? 0n);
        const endNs = nanoseconds(goal.trajectory.header.stamp) + (times.at(-1) ?? 0n);
        expect(endNs).toBeGreaterThan(nanoseconds(toStamp(NOW_MS + 900)));
      }),
    );
  });

  it('begins before now while the arm moves, so that the controller need not get there by itself', () => {
    const running = move(NOW_MS - 500, 0, 1, 2);
    const braking: JointTrajectory = {
      startMs: NOW_MS + 40,
      points: [{ timeS: 0, ...commanded([running], NOW_MS + 40) }, restingAt(0.4, 0.8)],
    };
    const { startMs } = retraced([running], braking, NOW_MS);
    expect(startMs).toBeCloseTo(NOW_MS - 20, 6);
  });

  it('begins no earlier than the motion that runs did', () => {
    const running = move(NOW_MS - 5, 0, 1, 2);
    const next = move(NOW_MS + 40, 0, 1, 2);
    expect(retraced([running], next, NOW_MS).startMs).toBe(NOW_MS - 5);
  });

  it('begins with the trajectory itself when the arm is at rest', () => {
    const past = move(NOW_MS - 3000, 0, 1, 1);
    const next = move(NOW_MS - 1, 1, 2, 3);
    expect(retraced([], next, NOW_MS)).toEqual(next);
    expect(retraced([past], next, NOW_MS)).toEqual(next);
  });

  it('leaves out points that lie long in the past, not the part that runs', () => {
    const points = [0, 1, 2, 3, 4].map((index) => restingAt(index, index));
    const late = { startMs: NOW_MS - 2500, points };
    const { points: sent, startMs } = retraced([], late, NOW_MS);
    expect(startMs).toBeCloseTo(NOW_MS - 20, 6);
    expect(sent.slice(1).map(({ positions }) => positions)).toEqual([[3], [4]]);
  });

  it('replaces motions that were accepted but start later', () => {
    const running = move(NOW_MS - 500, 0, 1, 2);
    const later = move(NOW_MS + 300, 0.5, 5, 1);
    const next = { startMs: NOW_MS + 100, points: [restingAt(0.4, 0), restingAt(0.5, 1)] };
    const sent = retraced([running, later], next, NOW_MS);
    expect(sent.points.at(-1)?.positions).toEqual([0.5]);
    expect(sent.points.flatMap(({ positions }) => positions)).not.toContain(5);
  });

  it('stays in the last point for a while when the motion is over or has a single point', () => {
    const over = move(NOW_MS - 3000, 0, 1, 1);
    const still = { startMs: NOW_MS, points: [restingAt(0.3, 0)] };
    for (const [trajectory, at] of [
      [over, 1],
      [still, 0.3],
    ] as const) {
      const { startMs, points } = retraced([], trajectory, NOW_MS);
      expect(points.at(-1)).toMatchObject({ positions: [at], velocities: [0], accelerations: [0] });
      expect(startMs + (points.at(-1)?.timeS ?? 0) * 1000).toBeGreaterThan(NOW_MS + 900);
    }
  });

  it('has no segment so short that whole nanoseconds would bend it', () => {
    const running = move(NOW_MS - 1000, 0, 1, 2);
    const state = commanded([running], NOW_MS + 10);
    const withKnot: JointTrajectory = {
      startMs: NOW_MS - 1000,
      points: [restingAt(0, 0), { timeS: 1.0099995, ...state }, restingAt(1, 2)],
    };
    const next = { startMs: NOW_MS + 10, points: [{ timeS: 0, ...state }, restingAt(0.6, 1)] };
    const { points } = retraced([withKnot], next, NOW_MS);
    for (const [index, { timeS }] of points.entries())
      if (index > 0) expect(timeS - (points[index - 1]?.timeS ?? 0)).toBeGreaterThan(0.9e-4);
  });

  it('always states its tolerances, for each joint', () => {
    const goal = trajectoryGoal(['a'], [], move(NOW_MS, 0, 1, 1), NOW_MS, toStamp);
    expect(goal.path_tolerance).toEqual([{ name: 'a', position: 0.1, velocity: 0, acceleration: 0 }]);
    expect(goal.goal_tolerance).toEqual([{ name: 'a', position: 0.05, velocity: 0, acceleration: 0 }]);
    expect(goal.goal_time_tolerance).toEqual({ sec: 0, nanosec: 500_000_000 });
    const wide = trajectoryGoal(['a'], [], move(NOW_MS, 0, 1, 1), NOW_MS, toStamp, {
      pathTolerance: 0.2,
      goalTolerance: 0.3,
      goalTimeToleranceMs: 2500,
    });
    expect(wide.path_tolerance[0]?.position).toBe(0.2);
    expect(wide.goal_tolerance[0]?.position).toBe(0.3);
    expect(wide.goal_time_tolerance).toEqual({ sec: 2, nanosec: 500_000_000 });
  });

  it('is stamped with the time of its first point and states all three derivatives', () => {
    const goal = trajectoryGoal(['a'], [], move(NOW_MS - 3, 0, 1, 1), NOW_MS, toStamp);
    expect(goal.trajectory.header.stamp).toEqual(toStamp(NOW_MS - 3));
    expect(goal.trajectory.joint_names).toEqual(['a']);
    for (const { positions, velocities, accelerations } of goal.trajectory.points)
      expect([positions.length, velocities.length, accelerations.length]).toEqual([1, 1, 1]);
  });
});
