import { sampleTrajectory, type TrajectoryPoint } from 'jetson-vla';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Period } from '../../examples/ros/period.js';
import { RealTimePhysics } from '../../examples/ros/real-time-physics.js';
import { timeMessage } from '../../examples/ros/stamp.js';
import { TrajectoryController } from '../../examples/ros/trajectory-controller.js';
import { JOINT_NAMES, PickWorld } from '../../examples/sim/pick-world.js';
import { createScene } from '../../examples/sim/scene.js';
import type { FollowJointTrajectoryGoal } from '../../lib/ros/messages.js';

const world = new PickWorld();
afterAll(() => world.dispose());

/** Long after 1970, as ROS time is. */
const EPOCH_MS = 1_790_000_000_000;
let nowMs: number;
let controller: TrajectoryController;
let commands: { readonly atMs: number; readonly positions: readonly number[] }[];
let stalled: boolean;

beforeEach(() => {
  world.reset(createScene(3));
  nowMs = EPOCH_MS;
  commands = [];
  stalled = false;
  const arm = {
    jointNames: JOINT_NAMES,
    joints: () => world.joints(),
    jointVelocities: () => world.jointVelocities(),
  };
  controller = new TrajectoryController(arm, () => nowMs);
  const home = world.joints();
  world.followReference(() => {
    const reference = controller.update(nowMs);
    commands.push({ atMs: nowMs, positions: reference.positions });
    return stalled ? { positions: home, velocities: home.map(() => 0), accelerations: [] } : reference;
  });
});

function run(ms: number): void {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += world.timestep * 1000) world.step();
}

interface GoalOptions {
  readonly stampMs?: number;
  readonly path?: number;
  readonly goal?: number;
  readonly goalTimeMs?: number;
  readonly names?: readonly string[];
}

type Points = readonly (Pick<TrajectoryPoint, 'timeS' | 'positions'> & Partial<TrajectoryPoint>)[];

function goalOf(points: Points, options: GoalOptions = {}): FollowJointTrajectoryGoal {
  const { stampMs, path = 0, goal = 0, goalTimeMs = 0, names = JOINT_NAMES } = options;
  const tolerance = (position: number) =>
    JOINT_NAMES.map((name) => ({ name, position, velocity: 0, acceleration: 0 }));
  return {
    trajectory: {
      header: { stamp: stampMs === undefined ? { sec: 0, nanosec: 0 } : timeMessage(stampMs), frame_id: '' },
      joint_names: names,
      points: points.map(({ timeS, positions, velocities = [], accelerations = [] }) => ({
        positions,
        velocities,
        accelerations,
        effort: [],
        time_from_start: timeMessage(1000 * timeS),
      })),
    },
    path_tolerance: tolerance(path),
    goal_tolerance: tolerance(goal),
    goal_time_tolerance: timeMessage(goalTimeMs),
  };
}

function start(request: FollowJointTrajectoryGoal) {
  expect(controller.refuses(request)).toBeUndefined();
  const ended: { how: string; code: number; text: string; feedbacks: number } = {
    how: 'running',
    code: 0,
    text: '',
    feedbacks: 0,
  };
  const goal = {
    request,
    feedback: () => {
      ended.feedbacks++;
    },
    end: (how: string, result: { error_code: number; error_string: string }) => {
      Object.assign(ended, { how, code: result.error_code, text: result.error_string });
    },
  };
  controller.start(goal);
  return { goal, ended };
}

const zeros = JOINT_NAMES.map(() => 0);
const shifted = (by: number) => world.joints().map((angle, joint) => angle + (joint === 0 ? by : 0));
const toRest = (timeS: number, positions: readonly number[]) => ({
  timeS,
  positions,
  velocities: zeros,
  accelerations: zeros,
});
const lastCommand = () => commands.at(-1)?.positions ?? [];

describe('the trajectory controller of the simulated robot', () => {
  it('carries a goal out along its quintic and says so at the end', () => {
    const target = shifted(0.4);
    const points = [toRest(0, world.joints()), toRest(1, target)];
    const { ended } = start(goalOf(points, { path: 0.05, goal: 0.02, goalTimeMs: 500 }));
    run(1400);
    expect(ended).toMatchObject({ how: 'succeeded', code: 0 });
    expect(
      Math.max(...world.joints().map((angle, joint) => Math.abs(angle - (target[joint] ?? 0)))),
    ).toBeLessThan(0.01);
    for (const { atMs, positions } of commands)
      sampleTrajectory(points, (atMs - EPOCH_MS) / 1000).positions.forEach((angle, joint) => {
        expect(positions[joint]).toBeCloseTo(angle, 9);
      });
    // One second of motion at 20 a second.
    expect(ended.feedbacks).toBeGreaterThan(17);
    expect(ended.feedbacks).toBeLessThan(24);
  });

  it('joins a goal with a stamp in the past on the way', () => {
    const points = [toRest(0, world.joints()), toRest(1, shifted(0.1))];
    start(goalOf(points, { stampMs: EPOCH_MS - 400 }));
    run(100);
    const due = sampleTrajectory(points, ((commands.at(-1)?.atMs ?? 0) - EPOCH_MS + 400) / 1000);
    expect(lastCommand()[0]).toBeCloseTo(due.positions[0] ?? 0, 9);
  });

  it('goes to the first point of a goal with a stamp in the future until that has come', () => {
    const home = world.joints();
    const first = shifted(0.1);
    start(goalOf([toRest(0, first), toRest(0.5, shifted(0.2))], { stampMs: EPOCH_MS + 400 }));
    run(100);
    expect(Math.abs((lastCommand()[0] ?? 0) - (home[0] ?? 0))).toBeLessThan(0.05);
    run(304);
    expect(lastCommand()[0]).toBeCloseTo(first[0] ?? 0, 3);
  });

  it('replaces a goal in motion without a jump when the new one retraces it', () => {
    const points = [toRest(0, world.joints()), toRest(1, shifted(0.4))];
    const first = start(goalOf(points));
    run(500);
    const cut = sampleTrajectory(points, 0.45);
    const join = sampleTrajectory(points, 0.6);
    const second = start(
      goalOf(
        [
          { timeS: 0, ...cut },
          { timeS: 0.15, ...join },
          toRest(
            0.9,
            join.positions.map((angle, joint) => angle + (joint === 0 ? 0.1 : 0)),
          ),
        ],
        { stampMs: EPOCH_MS + 450, path: 0.05, goal: 0.02 },
      ),
    );
    run(1200);
    expect(first.ended).toMatchObject({ how: 'aborted', code: -1 });
    expect(second.ended).toMatchObject({ how: 'succeeded' });
    const steps = commands
      .slice(1)
      .map(({ positions }, index) => (positions[0] ?? 0) - (commands[index]?.positions[0] ?? 0));
    // 0.4 rad in 1 s is 0.75 rad/s at most: 3 mrad a step, and no step differs much from the one before it.
    for (const [index, step] of steps.entries())
      expect(Math.abs(step - (steps[index - 1] ?? step))).toBeLessThan(2e-4);
  });

  it('holds the arm where it was measured when its goal is cancelled', () => {
    const { goal, ended } = start(goalOf([toRest(0, world.joints()), toRest(1, shifted(0.4))]));
    run(500);
    const measured = world.joints();
    expect(controller.cancel(goal)).toBe(true);
    run(400);
    expect(ended.how).toBe('canceled');
    expect(lastCommand()).toEqual(measured);
    expect(Math.max(...world.jointVelocities().map(Math.abs))).toBeLessThan(0.01);
    expect(controller.cancel(goal)).toBe(false);
  });

  it.each([
    { tolerance: 'path', options: { path: 0.1 }, code: -4 },
    { tolerance: 'goal', options: { goal: 0.05, goalTimeMs: 300 }, code: -5 },
  ])('aborts with $code when a stalled arm violates its $tolerance tolerance', ({ options, code }) => {
    stalled = true;
    const { ended } = start(goalOf([toRest(0, world.joints()), toRest(0.5, shifted(0.4))], options));
    run(1500);
    expect(ended).toMatchObject({ how: 'aborted', code });
    expect(ended.text).toContain('shoulder_pan');
    expect(Math.abs((lastCommand()[0] ?? 1) - (world.joints()[0] ?? 0))).toBeLessThan(0.01);
  });

  it('waits for ever where no tolerance is asked for, which is why one always should be', () => {
    stalled = true;
    const { ended } = start(goalOf([toRest(0, world.joints()), toRest(0.5, shifted(0.4))], { goal: 0.05 }));
    run(5000);
    expect(ended.how).toBe('running');
  });

  it('takes the joints by their names', () => {
    const target = shifted(0.2);
    const names = [...JOINT_NAMES].reverse();
    start(goalOf([{ timeS: 0.5, positions: [...target].reverse() }], { names }));
    run(700);
    expect(lastCommand()).toEqual(target);
  });

  it.each([
    [
      'other joints',
      (home: number[]) => goalOf([toRest(1, home)], { names: ['a', 'b', 'c', 'd', 'e', 'f'] }),
    ],
    ['no points', () => goalOf([])],
    ['two points at the same time', (home: number[]) => goalOf([toRest(1, home), toRest(1, home)])],
    ['missing values', (home: number[]) => goalOf([toRest(1, home.slice(1))])],
    ['a value that is not finite', (home: number[]) => goalOf([toRest(1, [...home.slice(1), Number.NaN])])],
    [
      'a last point in motion',
      (home: number[]) => goalOf([{ timeS: 1, positions: home, velocities: home.map(() => 0.5) }]),
    ],
    ['an end in the past', (home: number[]) => goalOf([toRest(1, home)], { stampMs: EPOCH_MS - 2000 })],
  ])('refuses a goal with %s', (_, goal) => {
    expect(controller.refuses(goal(world.joints()))).toEqual(expect.any(String));
  });

  it('interpolates points without accelerations by cubics, and positions alone by straight lines', () => {
    const [home, target] = [world.joints(), shifted(0.4)];
    start(
      goalOf([
        { timeS: 0, positions: home, velocities: zeros },
        { timeS: 1, positions: target, velocities: zeros },
      ]),
    );
    run(254);
    const u = ((commands.at(-1)?.atMs ?? 0) - EPOCH_MS) / 1000;
    const cubic = (home[0] ?? 0) + 0.4 * (3 * u ** 2 - 2 * u ** 3);
    expect(lastCommand()[0]).toBeCloseTo(cubic, 9);
    start(
      goalOf(
        [
          { timeS: 0, positions: home },
          { timeS: 1, positions: target },
        ],
        { stampMs: EPOCH_MS },
      ),
    );
    run(4);
    const line = (home[0] ?? 0) + 0.4 * (((commands.at(-1)?.atMs ?? 0) - EPOCH_MS) / 1000);
    expect(lastCommand()[0]).toBeCloseTo(line, 9);
  });
});

describe('physics in real time', () => {
  it('makes up for a pause, each step with the time at which it was due', () => {
    let realMs = 5000;
    const physics = new RealTimePhysics(world, () => realMs);
    const times: number[] = [];
    physics.advance(() => {});
    realMs += 400;
    physics.advance(() => times.push(physics.timeMs));
    expect(times).toHaveLength(100);
    expect(times.at(-1)).toBeCloseTo(5400);
    expect(physics.takeLostMs()).toBe(0);
  });

  it('leaves out what it cannot make up for, and says how much', () => {
    let realMs = 0;
    const physics = new RealTimePhysics(world, () => realMs);
    let steps = 0;
    physics.advance(() => steps++);
    realMs = 60_000;
    physics.advance(() => steps++);
    expect(steps).toBe(0);
    expect(physics.takeLostMs()).toBe(60_000);
    realMs += 8;
    physics.advance(() => steps++);
    expect(steps).toBe(2);
  });

  it('publishes on a grid, and no burst after a pause', () => {
    const period = new Period(10);
    const due = [0, 4, 10, 14, 21, 30, 95, 99, 105].filter((ms) => period.due(ms));
    expect(due).toEqual([0, 10, 21, 30, 95, 105]);
  });
});
