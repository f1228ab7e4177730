import { describe, expect, it } from 'vitest';
import { setUp } from './scheduler-setup.js';

describe('commands to the motion', () => {
  /** A run whose second inference is late, and whose slow-down takes a while. */
  const slowSetUp = (slowToMs: number) => {
    const parts = setUp({ timeLimitMs: 2500, merge: 'replace' });
    const { motion, inferrer, robot } = parts;
    inferrer.onCall = (number) => {
      inferrer.delayMs = number === 1 ? 400 : 100;
    };
    const slowing: number[] = [];
    motion.onCall = async (call) => {
      if (call !== 'slowTo') return;
      slowing.push(robot.time);
      await robot.virtualClock.sleep(slowToMs);
    };
    return { ...parts, slowing };
  };

  it('are given one at a time: a chunk waits for a change of pace', async () => {
    const { scheduler, motion, slowing } = slowSetUp(300);
    await scheduler.run('pick');
    expect(slowing.length).toBeGreaterThan(1);
    expect(motion.mostCommands).toBe(1);
    expect(motion.submitted[1]?.at).toBeGreaterThanOrEqual((slowing[0] ?? 0) + 300);
  });

  it('drop a chunk whose instruction changes while it waits', async () => {
    const { scheduler, motion, slowing, after } = slowSetUp(300);
    after(1050, () => scheduler.setInstruction('place'));
    await scheduler.run('pick');
    expect(slowing[0]).toBeLessThan(11_050);
    expect(motion.submitted.slice(1).map(({ instruction }) => instruction)).not.toContain('pick');
  });

  it('are given one at a time: a change of pace does not overtake a chunk', async () => {
    const { scheduler, motion, robot } = setUp({ timeLimitMs: 2500, merge: 'replace' });
    motion.onCall = async (call, number) => {
      if (call === 'submit' && number === 1) await robot.virtualClock.sleep(600);
    };
    await scheduler.run('pick');
    expect(motion.mostCommands).toBe(1);
  });

  it('are given one at a time: the final braking waits for a chunk that is being judged', async () => {
    const abort = new AbortController();
    const { scheduler, motion, robot } = setUp();
    motion.onCall = async (call, number) => {
      if (call !== 'submit' || number !== 1) return;
      setImmediate(() => abort.abort());
      await robot.virtualClock.sleep(200);
    };
    const outcome = await scheduler.run('pick', { signal: abort.signal });
    expect(outcome.end).toBe('aborted');
    expect(motion.mostCommands).toBe(1);
    expect(motion.moving).toBe(false);
  });

  it('are followed by no inference once the run is over, though a step was still under way', async () => {
    const abort = new AbortController();
    const { scheduler, motion, inferrer, robot } = slowSetUp(300);
    const slow = motion.onCall;
    motion.onCall = (call, number) => {
      if (call === 'slowTo' && number === 0) void robot.virtualClock.sleep(50).then(() => abort.abort());
      return slow(call, number);
    };
    await scheduler.run('pick', { signal: abort.signal });
    await robot.virtualClock.sleep(2000);
    expect(inferrer.calls).toHaveLength(2);
  });
});

describe('counting', () => {
  it('takes each late chunk for itself', async () => {
    const { scheduler, inferrer } = setUp({ timeLimitMs: 6000 });
    inferrer.onCall = (number) => {
      inferrer.delayMs = number === 1 || number === 3 ? 1200 : 50;
    };
    expect(await scheduler.run('pick')).toMatchObject({ deadlineMisses: 2, starvations: 2 });
  });

  it('takes rejects in a row, not all of them', async () => {
    const { scheduler, motion } = setUp({ timeLimitMs: 4000, maxRejects: 2 });
    motion.judge = ({ chunk }) => (chunk.sequence % 2 === 1 ? 'reject' : 'pass');
    const outcome = await scheduler.run('pick');
    expect(outcome.end).toBe('timeLimit');
    expect(outcome.rejects).toBeGreaterThan(2);
  });

  it('learns the true delay of a robot that rested meanwhile, so that it does not rest for ever', async () => {
    const { scheduler, inferrer, motion, robot, startMs } = setUp({
      timeLimitMs: 20_000,
      deadlinePolicy: 'lastGood',
      trigger: { threshold: 0, margin: 0 },
    });
    inferrer.horizon = 8;
    inferrer.delayMs = 600;
    let resting = 0;
    let ticks = 0;
    motion.onCall = (call) => {
      if (call !== 'tick' || robot.time < startMs + 5000 || motion.slowed.length > 0) return;
      ticks++;
      if (!motion.moving) resting++;
    };
    await scheduler.run('pick');
    expect(resting / ticks).toBeLessThan(0.1);
  });
});

it('the state tells the gripper command that is in force', async () => {
  const { scheduler, inferrer } = setUp({
    timeLimitMs: 2000,
    stateVector: ({ joints, gripper }) => [...joints, gripper],
  });
  inferrer.gripper = 1;
  await scheduler.run('pick');
  expect(inferrer.calls[0]?.state?.at(-1)).toBe(0);
  expect(inferrer.calls.at(-1)?.state?.at(-1)).toBe(1);
  // What was gripped is still held when the next task begins.
  const before = inferrer.calls.length;
  await scheduler.run('place');
  expect(inferrer.calls[before]?.state?.at(-1)).toBe(1);
});

it('a robot that never comes to rest is stopped, and nobody goes on watching it', async () => {
  const { scheduler, motion, robot } = setUp({ timeLimitMs: 300, brakeTimeoutMs: 300 });
  Object.assign(motion, {
    tick: async () => ({ remaining: 1, moving: true, passed: [], latched: undefined }),
  });
  const outcome = await scheduler.run('pick');
  expect(outcome.reason?.code).toBe('ROBOT_FAILED');
  expect(robot.log).toEqual(['stop']);
  expect(robot.virtualClock.sleepers).toBe(0);
});
