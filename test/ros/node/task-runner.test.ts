import { describe, expect, it } from 'vitest';
import type { SchedulerOutcome } from '../../../lib/action/scheduler-outcome.js';
import { VLAError } from '../../../lib/errors.js';
import type { Task } from '../../../lib/ros/node/task.js';
import { TaskRunner, type TaskRunnerOptions } from '../../../lib/ros/node/task-runner.js';
import { FakeInferrer } from '../../fakes/fake-inferrer.js';
import { FakeMotion } from '../../fakes/fake-motion.js';
import { FakeRobot } from '../../fakes/fake-robot.js';

function setUp(options: Partial<TaskRunnerOptions> = {}) {
  const robot = new FakeRobot(['a', 'b']);
  const motion = new FakeMotion(robot.clock, [0, 0]);
  const inferrer = new FakeInferrer(robot);
  const tasks: Task[] = [];
  const retries: SchedulerOutcome[] = [];
  const runs: string[] = [];
  const runner = new TaskRunner(inferrer, robot, motion, {
    scheduler: {},
    timeLimitS: () => 0,
    giveUpAfterS: 10,
    onChange: (task) => tasks.push(task),
    onRetry: (outcome) => retries.push(outcome),
    onRun: (instruction) => runs.push(instruction),
    ...options,
  });
  /** Lets the robot's clock run. */
  const pass = (ms: number) => robot.virtualClock.sleep(ms);
  return { robot, motion, inferrer, runner, tasks, retries, runs, pass };
}

describe('a task', () => {
  it('runs until its success condition holds, and leaves the robot at rest', async () => {
    let done = false;
    const { runner, tasks, motion, pass } = setUp({ scheduler: { successCondition: () => done } });
    runner.follow('pick up the red block');
    await pass(3000);
    expect(runner.task).toEqual({ state: 'running', instruction: 'pick up the red block' });
    done = true;
    await pass(5000);
    expect(tasks.map(({ state }) => state)).toEqual(['running', 'succeeded']);
    expect(motion.moving).toBe(false);
  });

  it('goes on undisturbed when the same instruction comes again and again', async () => {
    const { runner, tasks, runs, pass } = setUp();
    for (let second = 0; second < 4; second++) {
      runner.follow(' pick ');
      await pass(1000);
    }
    await runner.stop();
    expect(tasks.map(({ state }) => state)).toEqual(['running', 'ended']);
    expect(runs).toEqual(['pick']);
  });

  it('is replaced by another instruction without a stop in between', async () => {
    const { runner, inferrer, runs, pass } = setUp();
    runner.follow('pick');
    await pass(2000);
    runner.follow('push');
    await pass(2000);
    expect(inferrer.calls.at(-1)?.instruction).toBe('push');
    await runner.stop();
    // One run of the scheduler, which was told of the second instruction.
    expect(runs).toHaveLength(1);
    expect(runner.task.instruction).toBe('push');
  });

  it.each(['', '   '])('is ended by the instruction "%s", and the robot comes to rest', async (nothing) => {
    const { runner, motion, pass } = setUp();
    runner.follow('pick');
    await pass(1000);
    expect(motion.moving).toBe(true);
    runner.follow(nothing);
    await pass(2000);
    expect(runner.task).toMatchObject({ state: 'ended', reason: { code: 'ABORTED' } });
    expect(motion.moving).toBe(false);
  });

  it('begins from rest when it follows one that was just ended', async () => {
    const { runner, runs, inferrer, pass } = setUp();
    runner.follow('pick');
    await pass(1000);
    runner.follow('');
    runner.follow('push');
    await pass(3000);
    expect(runs).toEqual(['pick']);
    expect(inferrer.calls.at(-1)?.instruction).toBe('push');
    await runner.stop();
    expect(runs).toEqual(['pick', 'push']);
  });

  it('is stopped although it had to wait for the end of the one before it', async () => {
    const { runner, motion, tasks, pass } = setUp();
    runner.follow('pick');
    await pass(1000);
    runner.follow('');
    runner.follow('push');
    await pass(3000);
    expect(runner.task).toEqual({ state: 'running', instruction: 'push' });
    expect(tasks.find(({ state }) => state === 'ended')?.instruction).toBe('pick');
    expect(motion.moving).toBe(true);
    const stopped = runner.stop();
    await pass(3000);
    await stopped;
    expect(motion.moving).toBe(false);
    expect(runner.task).toMatchObject({ state: 'ended', instruction: 'push' });
  });

  it('runs although it came while the one before it, which had succeeded, was braking', async () => {
    const { robot, runner, inferrer, motion, tasks, pass } = setUp({
      scheduler: {
        successCondition: async (instruction) => {
          const done = instruction === 'pick' && robot.clock.now() > startMs + 2000;
          if (done) void robot.clock.sleep(40).then(() => runner.follow('push'));
          return done;
        },
      },
    });
    const startMs = robot.clock.now();
    runner.follow('pick');
    await pass(5000);
    expect(tasks.map(({ state, instruction }) => `${state} ${instruction}`)).toEqual([
      'running pick',
      'running push',
      'succeeded pick',
    ]);
    expect(runner.task).toEqual({ state: 'running', instruction: 'push' });
    expect(inferrer.calls.at(-1)?.instruction).toBe('push');
    expect(motion.moving).toBe(true);
    await runner.stop();
  });

  it('runs although it came while the one before it braked because its time was over', async () => {
    const { runner, inferrer, pass } = setUp({ timeLimitS: () => 2 });
    runner.follow('pick');
    await pass(2040);
    expect(runner.task.state).toBe('running');
    runner.follow('push');
    await pass(1500);
    expect(runner.task).toEqual({ state: 'running', instruction: 'push' });
    expect(inferrer.calls.at(-1)?.instruction).toBe('push');
    await runner.stop();
  });

  it('ends when its time is over, and a new instruction starts the time anew', async () => {
    const { runner, tasks, pass } = setUp({ timeLimitS: () => 3 });
    runner.follow('pick');
    await pass(2000);
    runner.follow('push');
    await pass(2000);
    expect(runner.task.state).toBe('running');
    await pass(4000);
    expect(tasks.at(-1)).toMatchObject({ state: 'ended', instruction: 'push' });
    expect(tasks.at(-1)?.reason?.code).toBe('DEADLINE_EXCEEDED');
  });
});

describe('a task in trouble', () => {
  it('is tried again while the policy fails, and goes on once it answers', async () => {
    const { runner, inferrer, motion, retries, pass } = setUp();
    inferrer.onCall = (number) => {
      if (number < 8) throw new VLAError('INFERENCE_FAILED', 'no memory');
    };
    runner.follow('pick');
    await pass(8000);
    expect(retries.length).toBeGreaterThan(0);
    expect(retries.every(({ end }) => end === 'inference')).toBe(true);
    expect(runner.task.state).toBe('running');
    expect(motion.submitted.length).toBeGreaterThan(0);
    await runner.stop();
  });

  it('is given up after a while without a chunk that could be sent', async () => {
    const { runner, inferrer, tasks, pass } = setUp({ giveUpAfterS: 3 });
    inferrer.onCall = () => {
      throw new VLAError('INFERENCE_FAILED', 'no memory');
    };
    runner.follow('pick');
    await pass(10_000);
    expect(tasks.at(-1)).toMatchObject({ state: 'failed', instruction: 'pick' });
    expect(tasks.at(-1)?.reason?.message).toContain('no memory');
    const asked = inferrer.calls.length;
    await pass(10_000);
    expect(inferrer.calls.length).toBe(asked);
  });

  it('is over when the safe side latches: it is not tried again', async () => {
    const { runner, motion, tasks, retries, pass } = setUp();
    runner.follow('pick');
    await pass(1000);
    motion.latched = new VLAError('COLLISION_PREDICTED', 'the elbow comes too close');
    await pass(3000);
    expect(tasks.at(-1)).toMatchObject({ state: 'latched', reason: { code: 'COLLISION_PREDICTED' } });
    expect(retries).toHaveLength(0);
  });

  it('stops with an error when the robot cannot be brought to rest', async () => {
    const { runner, motion, robot, pass } = setUp();
    runner.follow('pick');
    await pass(1000);
    motion.onCall = (call) => {
      if (call === 'slowTo') throw new Error('cable');
    };
    robot.onCall = (call) => {
      if (call === 'stop') throw new Error('no power');
    };
    await expect(runner.stop()).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
    expect(runner.task.state).toBe('failed');
  });

  it('gets the whole time for its own first chunk when it takes the place of one that got none', async () => {
    const { runner, inferrer, pass } = setUp({ giveUpAfterS: 3 });
    inferrer.onCall = () => {
      throw new VLAError('INFERENCE_FAILED', 'no memory');
    };
    runner.follow('pick');
    await pass(2500);
    runner.follow('push');
    await pass(2000);
    expect(runner.task).toEqual({ state: 'running', instruction: 'push' });
    await runner.stop();
  });

  it('ends all the same when a listener throws', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    const { runner, motion, pass } = setUp({
      onChange: ({ state }) => {
        if (state !== 'running') throw new Error('no disk');
      },
    });
    runner.follow('pick');
    await pass(1000);
    const stopped = runner.stop();
    await pass(3000);
    await stopped;
    expect(runner.task.state).toBe('ended');
    expect(motion.moving).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.join()).toContain('no disk');
    process.off('warning', listen);
  });

  it('can be stopped while nothing runs', async () => {
    const { runner } = setUp();
    await runner.stop();
    expect(runner.task).toEqual({ state: 'idle', instruction: '' });
  });
});
