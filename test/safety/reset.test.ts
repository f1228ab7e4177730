import { describe, expect, it } from 'vitest';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 0.1, jerk: 1 }];

/** A motion of 0.04 rad/s at most, and the stop button in its middle. */
async function stoppedOnTheWay() {
  const robot = new FakeRobot(['base']);
  const records: string[] = [];
  const audit = { append: ({ kind }: { readonly kind: string }) => void records.push(kind) };
  const executor = new SafeVLAExecutor(robot, { limits, audit, onWarning: () => {} });
  const chunk = chunkOf(robot, [[0.1, 0]], { secondsPerWaypoint: 5 });
  await executor.submit({ chunk, waypoints: [...chunk], progress: 1, instruction: '' });
  robot.time += 2500;
  await executor.stop('the button was pressed');
  return { robot, executor, records };
}

describe('a reset', () => {
  it('is refused while the robot brakes, however slow it is', async () => {
    const { robot, executor } = await stoppedOnTheWay();
    await expect(executor.reset()).rejects.toMatchObject({ code: 'SAFETY_LATCHED' });
    expect(executor.latched).toBeDefined();
    robot.time += 5000;
    await executor.reset();
    expect(executor.latched).toBeUndefined();
  });

  it('that is refused leaves no record of a reset', async () => {
    const { robot, executor, records } = await stoppedOnTheWay();
    await executor.reset().catch(() => {});
    expect(records).toEqual(['decision', 'stop']);
    robot.time += 5000;
    await executor.reset();
    expect(records).toEqual(['decision', 'stop', 'reset']);
  });

  it('is refused while the joints are no longer measured, although the last that was seen of them was at rest', async () => {
    const { robot, executor } = await stoppedOnTheWay();
    robot.time += 5000;
    robot.stateDelayMs = 200;
    await expect(executor.reset()).rejects.toMatchObject({
      code: 'SAFETY_LATCHED',
      message: expect.stringContaining('measured joint state is 200 ms old'),
    });
    robot.stateDelayMs = 0;
    await executor.reset();
    expect(executor.latched).toBeUndefined();
  });
});
