import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VLAError } from '../../lib/errors.js';
import type { Call } from '../fakes/fake-robot.js';
import { setUp } from './scheduler-setup.js';

const never = () => new Promise<never>(() => {});

describe('a chunk that comes too late', () => {
  const lateSetUp = (options: Parameters<typeof setUp>[0]) => {
    const parts = setUp({ timeLimitMs: 3000, merge: 'replace', ...options });
    parts.inferrer.onCall = (number) => {
      parts.inferrer.delayMs = number === 1 ? 1500 : 100;
    };
    return parts;
  };
  /** When the robot came to rest after the first chunk, milliseconds after that was sent. */
  const restedAfter = async ({ scheduler, motion, robot }: ReturnType<typeof setUp>) => {
    let restedAt = 0;
    motion.onCall = (call) => {
      if (call === 'tick' && motion.submitted.length === 1 && !motion.moving) restedAt ||= robot.time;
    };
    const outcome = await scheduler.run('pick');
    return { outcome, restedMs: restedAt - (motion.submitted[0]?.at ?? 0) };
  };

  it('slows the robot to half its pace, then lets it come to its own end (decelerate, the default)', async () => {
    const parts = lateSetUp({});
    const { outcome, restedMs } = await restedAfter(parts);
    // 4 waypoints at full pace and the last at half: 800 + 400 ms, and the slow-down waits for a tick.
    expect(restedMs).toBeGreaterThanOrEqual(1180);
    expect(restedMs).toBeLessThanOrEqual(1220);
    expect(parts.motion.slowed[0]?.rate).toBe(0.5);
    expect(outcome).toMatchObject({ deadlineMisses: 1, starvations: 1, end: 'timeLimit' });
  });

  it('brakes at once and holds (hold)', async () => {
    const parts = lateSetUp({ deadlinePolicy: 'hold' });
    const { outcome, restedMs } = await restedAfter(parts);
    expect(parts.motion.slowed[0]?.rate).toBe(0);
    // A quarter of a waypoint of braking, at half the pace.
    expect(restedMs).toBeLessThanOrEqual(820 + 100 + 20);
    expect(outcome).toMatchObject({ deadlineMisses: 1, starvations: 1 });
  });

  it('lets the robot run the last chunk to its end at full pace (lastGood)', async () => {
    const parts = lateSetUp({ deadlinePolicy: 'lastGood' });
    const { outcome, restedMs } = await restedAfter(parts);
    expect(restedMs).toBeGreaterThanOrEqual(980);
    expect(restedMs).toBeLessThanOrEqual(1020);
    // The only change of pace is the braking at the end.
    expect(parts.motion.slowed).toHaveLength(1);
    expect(outcome).toMatchObject({ deadlineMisses: 1, starvations: 1 });
  });

  it('is run from rest, and the time at rest is told', async () => {
    const parts = lateSetUp({ deadlinePolicy: 'lastGood' });
    const { outcome } = await restedAfter(parts);
    // Asked for after 500 ms and there after 2000; the robot rested from 1000 on.
    expect(outcome.worstPauseMs).toBeGreaterThanOrEqual(960);
    expect(outcome.worstPauseMs).toBeLessThanOrEqual(1060);
    const second = parts.motion.submitted[1];
    expect(second?.progress).toBeLessThan(parts.motion.progressAt(second?.at ?? 0) + 1);
  });
});

describe('rejected chunks', () => {
  it('are asked for again right away, but never in a busy loop', async () => {
    const { scheduler, motion, inferrer } = setUp({ timeLimitMs: 3000 });
    inferrer.delayMs = 0;
    motion.judge = ({ chunk }) => (chunk.sequence >= 2 && chunk.sequence < 6 ? 'reject' : 'pass');
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ rejects: 4, end: 'timeLimit' });
    const times = motion.submitted.slice(2, 7).map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps).toEqual([20, 20, 60, 140].map((ms) => expect.closeTo(ms, 6)));
  });

  it('end the run with the reason of the last one when too many come in a row', async () => {
    const { scheduler, motion } = setUp({ maxRejects: 4 });
    motion.judge = ({ chunk }) => (chunk.sequence >= 3 ? 'reject' : 'pass');
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ completed: false, end: 'rejected', rejects: 4 });
    expect(outcome.reason?.code).toBe('CHUNK_STALE');
    expect(motion.moving).toBe(false);
  });

  it('are never blended into a later chunk', async () => {
    const { scheduler, motion, inferrer } = setUp({ timeLimitMs: 1000, merge: 'average' });
    inferrer.value = (sequence) => sequence;
    motion.judge = ({ chunk }) => (chunk.sequence === 1 ? 'reject' : 'pass');
    await scheduler.run('pick');
    expect(motion.submitted[2]?.waypoints[0]?.joints[0]).toBeCloseTo(1, 6);
  });
});

describe('a stop of the safe side', () => {
  it('ends the run with its reason, whether a chunk or a tick tells of it', async () => {
    const one = setUp();
    one.motion.judge = ({ chunk }) => (chunk.sequence === 2 ? 'stop' : 'pass');
    const byChunk = await one.scheduler.run('pick');
    expect(byChunk).toMatchObject({ end: 'latched', completed: false });
    expect(byChunk.reason?.code).toBe('TRACKING_LOST');

    const other = setUp();
    other.after(700, () => {
      other.motion.latched = new VLAError('WATCHDOG_TRIPPED', 'the held enable was let go');
    });
    const byTick = await other.scheduler.run('pick');
    expect(byTick).toMatchObject({ end: 'latched', reason: other.motion.latched });
    // It brakes by itself: nothing else is sent.
    expect(other.motion.slowed).toEqual([]);
  });
});

describe('inferences that fail', () => {
  it('are reported and asked for again', async () => {
    const errors: string[] = [];
    const { scheduler, inferrer } = setUp({
      timeLimitMs: 3000,
      onInferenceError: ({ message }) => errors.push(message),
    });
    inferrer.onCall = (number) => {
      if (number === 1 || number === 2 || number === 4) throw new Error(`no luck ${number}`);
    };
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ end: 'timeLimit', inferenceErrors: 3 });
    expect(outcome.lastInferenceError?.code).toBe('INFERENCE_FAILED');
    expect(errors).toEqual([1, 2, 4].map((number) => `the inference failed: no luck ${number}`));
  });

  it('end the run when three come in a row', async () => {
    const { scheduler, inferrer } = setUp();
    const reason = new VLAError('INVALID_OUTPUT', 'NaN everywhere');
    inferrer.onCall = (number) => {
      if (number >= 2) throw reason;
    };
    expect(await scheduler.run('pick')).toMatchObject({ end: 'inference', reason, inferenceErrors: 3 });
  });

  it('include those that never answer: they are cancelled and asked for again', async () => {
    const { scheduler, inferrer } = setUp({ timeLimitMs: 5000, inferenceTimeoutMs: 300 });
    inferrer.onCall = (number) => (number === 1 ? never() : undefined);
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ end: 'timeLimit', inferenceErrors: 1 });
    expect(outcome.lastInferenceError?.code).toBe('DEADLINE_EXCEEDED');
    expect(outcome.inferences).toBeGreaterThan(5);
  });

  it('include answers that are no chunks', async () => {
    const { scheduler, inferrer } = setUp({ maxInferenceErrors: 1 });
    Object.assign(inferrer, { infer: async () => [1, 2, 3] });
    const outcome = await scheduler.run('pick');
    expect(outcome.end).toBe('inference');
    expect(outcome.reason?.message).toContain('expected infer to give an ActionChunk, got object');
  });
});

describe('a camera that repeats its frames', () => {
  it('is asked until it has a newer one, so no frame is used twice', async () => {
    const { scheduler, robot, inferrer } = setUp({ timeLimitMs: 3000 });
    const capture = robot.camera.capture.bind(robot.camera);
    robot.camera.capture = async () => ({
      ...(await capture()),
      capturedAt: robot.time - (robot.time % 400),
    });
    const outcome = await scheduler.run('pick');
    const stamps = inferrer.calls.map(({ capturedAt }) => capturedAt);
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(stamps.length).toBeGreaterThanOrEqual(6);
    expect(outcome).toMatchObject({ end: 'timeLimit', inferenceErrors: 0 });
  });

  it('for ever ends the run instead of stalling it', async () => {
    const { scheduler, robot, after } = setUp({ inferenceTimeoutMs: 400 });
    after(700, () => robot.freezeCamera({ stamps: true }));
    const outcome = await scheduler.run('pick');
    expect(outcome.end).toBe('inference');
    expect(outcome.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(outcome.reason?.hint).toContain('camera');
  });
});

describe('functions that fail', () => {
  const boom = () => {
    throw new Error('boom');
  };
  it.each([
    ['the success condition', { successCondition: boom }],
    ['onChunk', { onChunk: boom }],
    ['stateVector', { stateVector: boom, maxInferenceErrors: 1 }],
  ])('%s ends the run with CALLBACK_FAILED and the robot at rest', async (name, options) => {
    const { scheduler, motion } = setUp(options);
    const outcome = await scheduler.run('pick');
    expect(outcome.completed).toBe(false);
    expect(outcome.reason).toMatchObject({ code: 'CALLBACK_FAILED', message: `${name} failed: boom` });
    expect(motion.moving).toBe(false);
  });

  it('onChunk may fail after its return, too', async () => {
    const { scheduler } = setUp({ onChunk: async () => boom() });
    expect((await scheduler.run('pick')).reason?.code).toBe('CALLBACK_FAILED');
  });
});

describe('a safe side that does not work', () => {
  it('that cannot brake leads to the stop of the robot itself', async () => {
    const { scheduler, motion, robot } = setUp({ timeLimitMs: 700 });
    motion.failOn('slowTo');
    const outcome = await scheduler.run('pick');
    expect(robot.log).toEqual(['stop']);
    expect(outcome.reason?.code).toBe('ROBOT_FAILED');
    expect(outcome.reason?.message).toContain('slowTo is broken');
  });

  it('that never answers does so as well', async () => {
    const { scheduler, motion, robot } = setUp({ timeLimitMs: 700, brakeTimeoutMs: 500 });
    motion.onCall = (call) => (call === 'slowTo' ? never() : undefined);
    const outcome = await scheduler.run('pick');
    expect(robot.log).toEqual(['stop']);
    expect(outcome.reason?.message).toContain('braking took more than 500 ms');
  });

  it('and a robot that cannot be stopped is said to be moving', async () => {
    const { scheduler, motion, robot } = setUp({ timeLimitMs: 700 });
    motion.failOn('slowTo');
    robot.failOn('stop');
    const outcome = await scheduler.run('pick');
    expect(outcome.reason?.message).toContain('could not be stopped');
    expect(outcome.reason?.hint).toContain('emergency stop');
  });

  it('that answers a submission after the run is over has the robot stopped', async () => {
    const { scheduler, motion, robot } = setUp({ commandTimeoutMs: 200 });
    motion.onCall = async (call, number) => {
      if (call === 'submit' && number === 1) await robot.virtualClock.sleep(5000);
    };
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ end: 'failed' });
    expect(outcome.reason?.message).toContain('judging a chunk took more than 200 ms');
    expect(robot.log).toEqual([]);
    await robot.virtualClock.sleep(10_000);
    expect(robot.log).toEqual(['stop']);
  });
});

describe('an abort', () => {
  const points = ['capture', 'state', 'infer', 'submit', 'tick', 'slowTo', 'success', 'sleep'] as const;

  /** A run that is aborted while the nth call of a kind is under way, and that call may hang or fail then. */
  async function abortAt(point: (typeof points)[number], nth: number, how: 'goesOn' | 'hangs' | 'fails') {
    const abort = new AbortController();
    let calls = 0;
    const here = () => {
      if (calls++ !== nth) return undefined;
      abort.abort();
      if (how === 'fails') throw new Error('broken');
      return how === 'hangs' ? never() : undefined;
    };
    const parts = setUp({
      timeLimitMs: 4000,
      commandTimeoutMs: 300,
      brakeTimeoutMs: 1000,
      successCondition: async () => {
        if (point === 'success') await here();
        return false;
      },
    });
    const { robot, motion, inferrer, scheduler } = parts;
    // One inference is slow enough for the deadline policy to act.
    inferrer.onCall = (number) => {
      inferrer.delayMs = number === 1 ? 900 : 100;
      return point === 'infer' ? here() : undefined;
    };
    motion.onCall = (call) => (call === point ? here() : undefined);
    // A clock that never wakes anybody keeps its own promise no more: it may only fail or go on.
    const call: Call | undefined = point === 'capture' || point === 'state' ? point : undefined;
    robot.onCall = (kind) => (kind === call || (point === 'sleep' && kind === 'sleep') ? here() : undefined);
    const outcome = await scheduler.run('pick', { signal: abort.signal });
    return { ...parts, outcome, aborted: abort.signal.aborted };
  }

  it('brakes along the path and leaves nothing behind', async () => {
    const abort = new AbortController();
    const { scheduler, motion, robot, inferrer, after } = setUp();
    after(730, () => abort.abort());
    const outcome = await scheduler.run('pick', { signal: abort.signal });
    expect(outcome).toMatchObject({ end: 'aborted', completed: false });
    expect(outcome.reason?.code).toBe('ABORTED');
    expect(motion.slowed.at(-1)?.rate).toBe(0);
    expect(motion.moving).toBe(false);
    expect(inferrer.running).toBe(0);
    expect(robot.virtualClock.sleepers).toBe(0);
  });

  it('before the start sends nothing', async () => {
    const { scheduler, motion, inferrer } = setUp();
    const outcome = await scheduler.run('pick', { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ end: 'aborted', ticks: 0 });
    expect(motion.submitted).toEqual([]);
    expect(inferrer.calls).toEqual([]);
  });

  it('ends the run at rest wherever it comes, and whatever the call in progress does then', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...points),
        fc.nat(12),
        fc.constantFrom('goesOn' as const, 'hangs' as const, 'fails' as const),
        async (point, nth, how) => {
          fc.pre(!(point === 'sleep' && how !== 'goesOn'));
          const { outcome, motion, robot, aborted } = await abortAt(point, nth, how);
          const stopped = robot.log.includes('stop');
          expect(motion.moving && !stopped).toBe(false);
          if (aborted) expect(['aborted', 'timeLimit', 'failed']).toContain(outcome.end);
          else expect(outcome.end).toBe('timeLimit');
          const sent = motion.submitted.length;
          await robot.virtualClock.sleep(5000);
          expect(motion.submitted.length).toBe(sent);
          expect(robot.virtualClock.sleepers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
