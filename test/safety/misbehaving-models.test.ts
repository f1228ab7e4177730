import { describe, expect, it } from 'vitest';
import { decodeJson, encodeJson, propertyOf } from '../../lib/safety/audit/audit-json.js';
import type { AuditRecord } from '../../lib/safety/audit/audit-sink.js';
import type { CollisionChecker, Kinematics } from '../../lib/safety/collision/collision-checker.js';
import { replayDecision } from '../../lib/safety/replay-decision.js';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../lib/safety/safe-vla-executor.js';
import { safetyConfig } from '../../lib/safety/safety-config.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['base'];
const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];
const far = { distance: 1, a: '', b: '' };
const anywhere = { min: [-9, -9, -9], max: [9, 9, 9] } as const;

/** Runs one brisk chunk, and replays every decision on it. */
async function run(options: Partial<SafeVLAExecutorOptions>) {
  const robot = new FakeRobot(NAMES);
  const records: AuditRecord[] = [];
  const audit = {
    append: (record: AuditRecord) =>
      void records.push({ ...record, data: decodeJson(encodeJson(record.data)) }),
  };
  const all = { limits, onWarning: () => {}, audit, collisionBudgetMs: 60_000, ...options };
  const outcome = await new SafeVLAExecutor(robot, all).execute(
    chunkOf(
      robot,
      [
        [0.25, 0],
        [0.5, 0],
      ],
      { secondsPerWaypoint: 1 },
    ),
  );
  const config = decodeJson(encodeJson(safetyConfig(all, NAMES)));
  for (const { kind, data } of records) {
    if (kind !== 'decision') continue;
    const [input, answers, output] = ['input', 'answers', 'output'].map((key) =>
      propertyOf(data as never, key),
    );
    const again = await replayDecision(config, input ?? null, answers ?? null);
    expect(decodeJson(encodeJson(again))).toEqual(output);
  }
  return { robot, outcome, decisions: records.filter(({ kind }) => kind === 'decision').length };
}

const sent = (robot: FakeRobot) =>
  robot.trajectories.flatMap(({ points }) => points.map(({ positions }) => positions));

/** A tool at the end of an arm of 1 m. */
function kinematics(points: Kinematics['points']): Kinematics {
  return { reach: [1], pointNames: ['tool'], points };
}

const circle = (angle = 0) => [Math.cos(angle), Math.sin(angle), 0] as const;

describe('models that work in place', () => {
  it('a collision checker that writes to the joints does not change what is sent', async () => {
    const collision: CollisionChecker = {
      reach: [1],
      clearances: (joints) => {
        (joints as number[]).fill(1.9);
        return { environment: far, self: far };
      },
    };
    const { robot } = await run({ collision });
    expect(sent(robot)).toEqual([[0], [0.25], [0.25], [0.5]]);
  });

  it('a kinematics that writes to the joints does not change what is sent', async () => {
    const writes = kinematics((joints) => {
      const point = circle(joints[0]);
      (joints as number[]).fill(1.9);
      return [point];
    });
    const { robot } = await run({ kinematics: writes, maxTcpSpeed: 5 });
    expect(sent(robot)).toEqual([[0], [0.25], [0.25], [0.5]]);
  });

  it('a kinematics that gives the same array each time is as fast as one that does not', async () => {
    const shared: [number, number, number] = [0, 0, 0];
    const reused = kinematics(([angle]) => {
      shared.splice(0, 3, ...circle(angle));
      return [shared];
    });
    const { outcome } = await run({ kinematics: reused });
    const fresh = await run({ kinematics: kinematics(([angle]) => [circle(angle)]) });
    expect(fresh.outcome.timeScale).toBeLessThan(0.9);
    expect(outcome).toEqual(fresh.outcome);
  });
});

describe('a kinematics that fails', () => {
  const broken: readonly [string, Kinematics['points']][] = [
    [
      'throws',
      () => {
        throw new Error('no solution');
      },
    ],
    ['gives NaN', () => [[Number.NaN, 0, 0]]],
    ['gives no point', () => []],
  ];

  it.each(broken)('refuses the chunk where the tool speed is asked for: it %s', async (_, points) => {
    const { robot, outcome, decisions } = await run({ kinematics: kinematics(points) });
    expect(outcome.reasons).toMatchObject([
      { guard: 'workspace', outcome: 'reject', kind: 'kinematics-failed' },
    ]);
    expect(robot.commands).toEqual([]);
    expect(decisions).toBe(1);
  });

  it.each(broken)('refuses the chunk where the workspace is: it %s', async (_, points) => {
    const { robot, outcome } = await run({
      kinematics: kinematics(points),
      workspace: anywhere,
      maxTcpSpeed: false,
    });
    expect(outcome.reasons).toMatchObject([
      { guard: 'workspace', outcome: 'reject', kind: 'kinematics-failed' },
    ]);
    expect(robot.commands).toEqual([]);
  });
});

describe('a scene whose stamp is not told', () => {
  const untold: readonly [string, () => number][] = [
    [
      'throws',
      () => {
        throw new Error('no feed');
      },
    ],
    ['is undefined', () => undefined as never],
    ['is NaN', () => Number.NaN],
  ];

  it.each(untold)('is one that is stale, and nothing is sent: it %s', async (_, sceneStamp) => {
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => ({ environment: far, self: far }),
      sceneStamp,
    };
    const { robot, outcome } = await run({ collision });
    expect(outcome.reasons).toMatchObject([{ guard: 'checker-health', kind: 'scene-stamp-invalid' }]);
    expect(robot.commands).toEqual([]);
  });

  it.each(untold)('brakes a motion that is under way, and says so once: it %s', async (_, told) => {
    const warnings: string[] = [];
    let started = 0;
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => ({ environment: far, self: far }),
      sceneStamp: () => (started++ > 3 ? told() : 10_000),
    };
    const slow = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 1, jerk: 10 }];
    const onWarning = (text: string) => warnings.push(text);
    const { robot, outcome } = await run({ collision, limits: slow, maxSceneAgeMs: 1e6, onWarning });
    expect(outcome.reason?.code).toBe('COLLISION_CHECK_FAILED');
    expect(robot.positions[0]).toBeLessThan(0.2);
    expect(warnings).toHaveLength(1);
  });
});

it('a tick that fails in a way that nobody foresaw stops the robot', async () => {
  const robot = new FakeRobot(NAMES);
  let broken = false;
  const collision: CollisionChecker = {
    get reach() {
      if (broken) throw new Error('the model is gone');
      return [1];
    },
    clearances: () => ({ environment: far, self: far }),
  };
  const executor = new SafeVLAExecutor(robot, { limits, collision, audit: false, onWarning: () => {} });
  const chunk = chunkOf(robot, [[0.5, 0]], { secondsPerWaypoint: 5 });
  await executor.submit({ chunk, waypoints: [...chunk], progress: 1, instruction: '' });
  robot.time += 1000;
  broken = true;
  expect(await executor.tick()).toMatchObject({ moving: false, latched: { code: 'ROBOT_FAILED' } });
  expect(robot.commands.map(({ kind }) => kind)).toEqual(['follow', 'stop']);
});
