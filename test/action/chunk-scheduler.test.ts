import { describe, expect, it } from 'vitest';
import { ChunkScheduler } from '../../lib/action/chunk-scheduler.js';
import type { ChunkSchedulerOptions } from '../../lib/action/scheduler-options.js';
import { pickSucceeds } from '../../lib/robot/success-condition.js';
import { rejectionOf } from '../policy/error-of.js';
import { setUp } from './scheduler-setup.js';

describe('a run without trouble', () => {
  it('moves from the first chunk to the end without standing still in between', async () => {
    const { scheduler, motion, inferrer, spans } = setUp({ timeLimitMs: 5000 });
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ completed: false, end: 'timeLimit', starvations: 0, worstPauseMs: 0 });
    expect(outcome).toMatchObject({ deadlineMisses: 0, rejects: 0, inferenceErrors: 0, missedTicks: 0 });
    expect(outcome.reason).toBeUndefined();
    expect(outcome.inferences).toBe(spans.length);
    expect(outcome.inferences).toBeGreaterThan(5);
    expect(inferrer.mostRunning).toBe(1);
    expect(motion.mostCommands).toBe(1);
    expect(motion.moving).toBe(false);
  });

  it('asks for the next chunk when half of the present one is left', async () => {
    const { scheduler, motion, inferrer } = setUp({ timeLimitMs: 1000, merge: 'replace' });
    const remaining: number[] = [];
    inferrer.onCall = (number) => {
      const sent = motion.submitted.at(-1);
      if (sent && number === 1) remaining.push(sent.progress + 4 - motion.progressAt(sent.at + 520));
      if (number === 1) remaining.push(inferrer.calls[1]?.at ?? 0);
    };
    await scheduler.run('pick');
    const [first] = motion.submitted;
    // 5 waypoints of 200 ms: 2.5 are left after 500 ms, and the next tick is at most 20 ms away.
    expect(remaining[1]).toBeGreaterThanOrEqual((first?.at ?? 0) + 500);
    expect(remaining[1]).toBeLessThanOrEqual((first?.at ?? 0) + 520);
  });

  it('places a chunk where the robot was when its frame was captured', async () => {
    const { scheduler, motion, spans } = setUp({ timeLimitMs: 3000, merge: 'replace' });
    await scheduler.run('pick');
    for (const { progress, chunk, at } of motion.submitted) {
      expect(progress).toBeCloseTo(motion.progressAt(chunk.capturedAt) + 1, 9);
      const span = spans.find(({ sequence }) => sequence === chunk.sequence);
      expect(span?.delayActions).toBeCloseTo(motion.progressAt(at) - motion.progressAt(chunk.capturedAt), 9);
    }
    // 100 ms of 200 ms steps.
    expect(spans[3]?.delayActions).toBeCloseTo(0.5, 6);
    expect(spans[3]?.delayMs).toBeCloseTo(100, 6);
  });

  it('counts the delay in consumed actions, not in time: at half the pace half as many', async () => {
    const { scheduler, motion, spans } = setUp({ timeLimitMs: 6000, merge: 'replace' });
    motion.pace = 0.5;
    await scheduler.run('pick');
    expect(spans.length).toBeGreaterThan(3);
    expect(spans[3]?.delayMs).toBeCloseTo(100, 6);
    expect(spans[3]?.delayActions).toBeCloseTo(0.25, 6);
    for (const { progress, chunk } of motion.submitted)
      expect(progress).toBeCloseTo(motion.progressAt(chunk.capturedAt) + 1, 9);
  });

  it('merges what it sends with the chunk before', async () => {
    const { scheduler, motion } = setUp({ timeLimitMs: 1500, merge: 'weightedAverage' });
    await scheduler.run('pick');
    const [first, second] = motion.submitted;
    const shift = (second?.progress ?? 0) - (first?.progress ?? 0);
    const k = Math.floor(shift);
    const share = shift - k;
    const old = (1 - share) * (k / 10) + share * ((k + 1) / 10);
    expect(second?.waypoints[0]?.joints[0]).toBeCloseTo(0.3 * old + 0.7 * 1, 6);
  });

  it('tells each span from camera to command in order', async () => {
    const { scheduler, spans } = setUp({ timeLimitMs: 2000 });
    await scheduler.run('pick it');
    for (const span of spans) {
      expect(span).toMatchObject({ instruction: 'pick it', outcome: 'pass', reasons: [], guardMs: 1 });
      const { capturedAt, inferStartedAt, inferEndedAt, commandedAt = 0 } = span;
      expect(capturedAt).toBeLessThanOrEqual(inferStartedAt);
      expect(inferEndedAt - inferStartedAt).toBe(100);
      expect(inferEndedAt).toBeLessThanOrEqual(commandedAt);
      expect(span.inferMs).toBeGreaterThanOrEqual(0);
    }
    expect(spans.map(({ sequence }) => sequence)).toEqual(spans.map((_, index) => index));
  });

  it('never waits for the inference in its loop: ticks come on time beside a slow one', async () => {
    const { scheduler, inferrer } = setUp({ timeLimitMs: 2000 });
    inferrer.delayMs = 450;
    const outcome = await scheduler.run('pick');
    expect(outcome.ticks).toBe(101);
    expect(outcome.missedTicks).toBe(0);
    expect(outcome.latenessMs).toEqual({ p50: 0, p99: 0, max: 0 });
    expect(outcome.durationMs).toBe(2000);
  });

  it('counts ticks that the safe side makes late', async () => {
    const { scheduler, motion, robot } = setUp({ timeLimitMs: 1000 });
    motion.onCall = async (call, number) => {
      if (call === 'tick' && number === 10) await robot.virtualClock.sleep(70);
    };
    const outcome = await scheduler.run('pick');
    // Those due after 20 and 40 ms; the one after 60 ms comes 10 ms late.
    expect(outcome.missedTicks).toBe(2);
    expect(outcome.latenessMs.max).toBe(10);
  });

  it('learns the delay and asks earlier for slow policies, so that the robot need not stop', async () => {
    const { scheduler, inferrer, motion } = setUp({
      timeLimitMs: 20_000,
      trigger: { threshold: 0.2 },
      deadlinePolicy: 'lastGood',
    });
    inferrer.delayMs = 600;
    inferrer.horizon = 8;
    let restedAt = 0;
    motion.onCall = (call) => {
      const braking = motion.slowed.length > 0;
      if (call === 'tick' && !motion.moving && !braking) restedAt = inferrer.calls.length;
    };
    const outcome = await scheduler.run('pick');
    // The first requests know nothing of the 3 waypoints that an inference takes; the first two are warm-up.
    expect(outcome.starvations).toBeGreaterThan(0);
    expect(outcome.deadlineMisses).toBeLessThanOrEqual(3);
    expect(restedAt).toBeLessThanOrEqual(4);
    expect(outcome.inferences).toBeGreaterThan(20);
  });

  it('can be run again', async () => {
    const { scheduler } = setUp({ timeLimitMs: 500 });
    await scheduler.run('pick');
    expect(await scheduler.run('pick')).toMatchObject({ end: 'timeLimit', durationMs: 500 });
  });
});

describe('success', () => {
  it('ends the run: the robot brakes along its path and is at rest', async () => {
    const { scheduler, motion, robot, after } = setUp({ successCondition: pickSucceeds });
    motion.brakingWaypoints = 1;
    after(1234, () => {
      robot.isGripping = true;
    });
    const outcome = await scheduler.run('pick up the block');
    expect(outcome).toMatchObject({ completed: true, end: 'success', starvations: 0 });
    expect(outcome.durationMs).toBeLessThanOrEqual(1234 + 100 + 20);
    expect(motion.slowed.at(-1)?.rate).toBe(0);
    expect(motion.moving).toBe(false);
    expect(robot.log).not.toContain('stop');
  });

  it('is looked for at its own rate, one check at a time', async () => {
    let running = 0;
    let most = 0;
    let checks = 0;
    const { scheduler, robot } = setUp({
      timeLimitMs: 1000,
      successEveryMs: 50,
      successCondition: async () => {
        checks++;
        running++;
        most = Math.max(most, running);
        await robot.virtualClock.sleep(130);
        running--;
        return false;
      },
    });
    await scheduler.run('pick');
    expect(most).toBe(1);
    expect(checks).toBeGreaterThanOrEqual(6);
    expect(checks).toBeLessThanOrEqual(8);
  });

  it('of an old instruction does not end the run of a new one', async () => {
    const { scheduler, robot, after } = setUp({
      timeLimitMs: 1000,
      successCondition: async (instruction) => {
        await robot.virtualClock.sleep(90);
        return instruction === 'old';
      },
    });
    after(50, () => scheduler.setInstruction('new'));
    expect(await scheduler.run('old')).toMatchObject({ end: 'timeLimit' });
  });
});

describe('a new instruction', () => {
  it('takes effect without a stop: the motion goes on until the new chunk replaces it', async () => {
    const { scheduler, motion, after } = setUp({ timeLimitMs: 3000 });
    after(1010, () => scheduler.setInstruction('place'));
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ starvations: 0, worstPauseMs: 0 });
    expect(motion.slowed.map(({ at }) => at)).toEqual([expect.any(Number)]);
    const first = motion.submitted.findIndex(({ instruction }) => instruction === 'place');
    expect(first).toBeGreaterThan(0);
    // Not blended with the old task: exactly what the policy said.
    expect(motion.submitted[first]?.waypoints).toEqual([...(motion.submitted[first]?.chunk ?? [])]);
    expect(motion.submitted.slice(first).every(({ instruction }) => instruction === 'place')).toBe(true);
  });

  it('drops the inference in flight and starts the new one at the next tick', async () => {
    const { scheduler, motion, inferrer, startMs, after } = setUp({ timeLimitMs: 2000 });
    inferrer.delayMs = 300;
    after(150, () => scheduler.setInstruction('place'));
    const outcome = await scheduler.run('pick');
    expect(outcome).toMatchObject({ discarded: 1, inferenceErrors: 0 });
    expect(inferrer.calls[1]).toMatchObject({ instruction: 'place', at: startMs + 160 });
    expect(motion.submitted.every(({ instruction }) => instruction === 'place')).toBe(true);
  });

  it('drops an answer that comes although it was cancelled', async () => {
    const { scheduler, motion, inferrer, robot, after } = setUp({ timeLimitMs: 2000 });
    inferrer.delayMs = 0;
    inferrer.onCall = () => robot.virtualClock.sleep(200);
    after(150, () => scheduler.setInstruction('place'));
    await scheduler.run('pick');
    expect(inferrer.calls[0]?.instruction).toBe('pick');
    expect(motion.submitted.every(({ instruction }) => instruction === 'place')).toBe(true);
  });

  it('replaces a chunk that the guards were judging when it came', async () => {
    const { scheduler, motion, robot, inferrer, after } = setUp({ timeLimitMs: 2000 });
    motion.onCall = async (call, number) => {
      if (call === 'submit' && number === 0) await robot.virtualClock.sleep(60);
    };
    after(130, () => scheduler.setInstruction('place'));
    const outcome = await scheduler.run('pick');
    expect(motion.submitted.map(({ instruction }) => instruction).slice(0, 2)).toEqual(['pick', 'place']);
    expect((inferrer.calls[1]?.at ?? 0) - (motion.submitted[0]?.at ?? 0)).toBeLessThanOrEqual(20);
    expect(outcome.discarded).toBe(0);
  });

  it('that says the same changes nothing', async () => {
    const { scheduler, after } = setUp({ timeLimitMs: 1000 });
    after(50, () => scheduler.setInstruction('pick'));
    expect(await scheduler.run('pick')).toMatchObject({ discarded: 0 });
  });
});

describe('the state that the policy sees', () => {
  it('is the measured one, with the gripper where the policy wants it', async () => {
    const { scheduler, inferrer, robot } = setUp({
      timeLimitMs: 500,
      stateVector: ({ joints, gripper }) => [...joints, gripper],
    });
    robot.positions = [0.3, 0.4];
    await scheduler.run('pick');
    expect(inferrer.calls[0]?.state).toEqual([0.3, 0.4, 0]);
  });

  it('is where the robot will be when the chunk starts, once projected', async () => {
    const { scheduler, inferrer, motion } = setUp({
      timeLimitMs: 4000,
      stateMode: 'projected',
      merge: 'replace',
      delay: { warmUp: 0 },
    });
    await scheduler.run('pick');
    const call = inferrer.calls[4];
    const reference = motion.referenceAt((call?.at ?? 0) + 100)?.positions;
    expect(reference).toBeDefined();
    // The delay is known as 100 ms by then, and the motion went on as planned until the new chunk came.
    expect(call?.state?.[0]).toBeCloseTo(reference?.[0] ?? Number.NaN, 6);
  });

  it('is left out for a policy that takes none', async () => {
    const { scheduler, inferrer } = setUp({ timeLimitMs: 200, stateVector: () => undefined });
    await scheduler.run('pick');
    expect(inferrer.calls[0]?.state).toBeUndefined();
  });
});

describe('arguments', () => {
  const wrong: [string, ChunkSchedulerOptions][] = [
    ['rate', { rateHz: 0 }],
    ['successEveryMs', { successEveryMs: 0 }],
    ['timeLimitMs', { timeLimitMs: Number.NaN }],
    ['inferenceTimeoutMs', { inferenceTimeoutMs: -1 }],
    ['maxInferenceErrors', { maxInferenceErrors: 0 }],
    ['maxRejects', { maxRejects: 1.5 }],
    ['commandTimeoutMs', { commandTimeoutMs: Number.POSITIVE_INFINITY }],
    ['brakeTimeoutMs', { brakeTimeoutMs: 0 }],
    ['deadlineReserve', { deadlineReserve: 0 }],
    ['trigger.threshold', { trigger: { threshold: 2 } }],
    ['delay.window', { delay: { window: 0 } }],
  ];

  it.each(wrong)('are checked when the scheduler is made: %s', (name, options) => {
    expect(() => setUp(options)).toThrow(name);
  });

  it('include no real-time chunking', () => {
    const { robot, motion, inferrer } = setUp();
    expect(() => Reflect.construct(ChunkScheduler, [inferrer, robot, motion, { merge: 'rtc' }])).toThrow(
      /denoising step/,
    );
  });

  it('of run and setInstruction are checked too', async () => {
    const { scheduler } = setUp({ timeLimitMs: 100 });
    expect(() => scheduler.setInstruction('pick')).toThrow(/while nothing runs/);
    const running = scheduler.run('pick');
    expect((await rejectionOf(scheduler.run('place'))).message).toContain('earlier run');
    expect(() => Reflect.apply(scheduler.setInstruction, scheduler, [5])).toThrow(/string, got number/);
    await running;
    expect((await rejectionOf(Reflect.apply(scheduler.run, scheduler, [undefined]))).message).toContain(
      'got undefined',
    );
  });
});
