import { describe, expect, it } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import type { CameraFrame } from '../../../lib/policy/camera-frame.js';
import { VirtualClock } from '../../../lib/robot/virtual-clock.js';
import { heldFor } from '../../../lib/ros/node/held-success.js';
import { ObserveLoop } from '../../../lib/ros/node/observe-loop.js';
import { PacedCamera } from '../../../lib/ros/node/paced-camera.js';
import { TimeLimit } from '../../../lib/ros/node/time-limit.js';
import { FakeInferrer } from '../../fakes/fake-inferrer.js';
import { FakeRobot } from '../../fakes/fake-robot.js';

function frameAt(capturedAt: number): CameraFrame {
  return { encoding: 'mono8', width: 1, height: 1, data: new Uint8Array(1), capturedAt };
}

describe('a camera that is paced', () => {
  it('looks once per period, on the timeline of the first look', async () => {
    const clock = new VirtualClock();
    const camera = new PacedCamera({ capture: async () => frameAt(clock.now()) }, clock, () => 10);
    const stamps: number[] = [];
    for (let tick = 0; tick < 30; tick++) {
      stamps.push((await camera.capture()).capturedAt ?? Number.NaN);
      await clock.sleep(30);
    }
    // 900 ms at 10 Hz, asked at each 30 ms: looks fall on the first call after 0, 100, 200 … ms.
    expect([...new Set(stamps)]).toEqual([0, 120, 210, 300, 420, 510, 600, 720, 810]);
  });

  it('does not make up for the looks that it has missed', async () => {
    const clock = new VirtualClock();
    const camera = new PacedCamera({ capture: async () => frameAt(clock.now()) }, clock, () => 10);
    await camera.capture();
    await clock.sleep(1000);
    const first = await camera.capture();
    await clock.sleep(50);
    expect(await camera.capture()).toBe(first);
  });

  it('follows a rate that changes', async () => {
    const clock = new VirtualClock();
    let rateHz = 1;
    const camera = new PacedCamera({ capture: async () => frameAt(clock.now()) }, clock, () => rateHz);
    await camera.capture();
    await clock.sleep(200);
    expect((await camera.capture()).capturedAt).toBe(0);
    rateHz = 10;
    expect((await camera.capture()).capturedAt).toBe(200);
  });

  it('asks a camera that failed again at the next call', async () => {
    const clock = new VirtualClock();
    let broken = true;
    const capture = async () => {
      if (broken) throw new Error('no frame');
      return frameAt(clock.now());
    };
    const camera = new PacedCamera({ capture }, clock, () => 10);
    await expect(camera.capture()).rejects.toThrow('no frame');
    broken = false;
    expect((await camera.capture()).capturedAt).toBe(0);
  });
});

describe('a condition that must have held for a while', () => {
  it('holds only once it has held all that time', async () => {
    const robot = new FakeRobot();
    let grips = true;
    const condition = heldFor(
      () => grips,
      () => 1,
    );
    expect(await condition('pick', robot)).toBe(false);
    robot.time += 900;
    expect(await condition('pick', robot)).toBe(false);
    grips = false;
    expect(await condition('pick', robot)).toBe(false);
    grips = true;
    robot.time += 500;
    expect(await condition('pick', robot)).toBe(false);
    robot.time += 1000;
    expect(await condition('pick', robot)).toBe(true);
    // Anew for the next task.
    expect(await condition('pick', robot)).toBe(false);
  });

  it('starts anew with another instruction', async () => {
    const robot = new FakeRobot();
    const condition = heldFor(
      () => true,
      () => 1,
    );
    await condition('pick red', robot);
    robot.time += 1000;
    expect(await condition('pick blue', robot)).toBe(false);
  });
});

describe('a time limit', () => {
  it('fires when its time is over, and never when it is 0 or was given back', async () => {
    const clock = new VirtualClock();
    const limit = new TimeLimit(clock, () => 2);
    const none = new TimeLimit(clock, () => 0);
    const gone = new TimeLimit(clock, () => 1);
    gone.dispose();
    await clock.sleep(1500);
    limit.restart();
    await clock.sleep(1500);
    expect(limit.signal.aborted).toBe(false);
    await clock.sleep(600);
    expect([limit.signal.aborted, none.signal.aborted, gone.signal.aborted]).toEqual([true, false, false]);
  });
});

describe('a node that only observes', () => {
  function setUp() {
    const robot = new FakeRobot(['a', 'b']);
    const inferrer = new FakeInferrer(robot);
    const errors: VLAError[] = [];
    const loop = new ObserveLoop(inferrer, {
      clock: robot.clock,
      camera: robot.camera,
      jointState: () => robot.jointState(),
      stateVector: ({ joints }) => joints,
      rateHz: () => 10,
      timeoutMs: 2000,
      onChange: () => {},
      onError: (error) => errors.push(error),
    });
    return { robot, inferrer, loop, errors };
  }

  it('asks the policy at its rate and moves nothing', async () => {
    const { robot, inferrer, loop } = setUp();
    inferrer.delayMs = 20;
    loop.follow('pick');
    await robot.virtualClock.sleep(1050);
    await loop.stop();
    expect(inferrer.calls.length).toBeGreaterThanOrEqual(10);
    expect(inferrer.calls.length).toBeLessThanOrEqual(11);
    expect(inferrer.calls[0]?.state).toEqual([0, 0]);
    expect(robot.commands).toEqual([]);
  });

  it('never piles up inferences that take longer than a period', async () => {
    const { robot, inferrer, loop } = setUp();
    inferrer.delayMs = 350;
    loop.follow('pick');
    await robot.virtualClock.sleep(2000);
    await loop.stop();
    expect(inferrer.mostRunning).toBe(1);
    expect(inferrer.calls.length).toBeLessThanOrEqual(6);
    // Each saw the newest frame there was.
    for (const { at, capturedAt } of inferrer.calls) expect(capturedAt).toBe(at);
  });

  it('tells of an inference that failed, and goes on', async () => {
    const { robot, inferrer, loop, errors } = setUp();
    inferrer.onCall = (number) => {
      if (number < 3) throw new VLAError('INFERENCE_FAILED', 'no memory');
    };
    loop.follow('pick');
    await robot.virtualClock.sleep(1500);
    await loop.stop();
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill('INFERENCE_FAILED'));
    expect(inferrer.calls.length).toBeGreaterThan(5);
  });

  it('asks nothing any more once it was stopped, and can start again', async () => {
    const { robot, inferrer, loop } = setUp();
    loop.follow('pick');
    await robot.virtualClock.sleep(500);
    await loop.stop();
    const asked = inferrer.calls.length;
    await robot.virtualClock.sleep(1000);
    expect(inferrer.calls.length).toBe(asked);
    loop.follow('push');
    await robot.virtualClock.sleep(500);
    expect(inferrer.calls.at(-1)?.instruction).toBe('push');
    await loop.stop();
  });
});
