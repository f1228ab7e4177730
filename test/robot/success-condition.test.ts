import { describe, expect, it } from 'vitest';
import { pickSucceeds } from '../../lib/robot/success-condition.js';
import { FakeRobot } from '../fakes/fake-robot.js';

describe('pickSucceeds', () => {
  it.each([
    ['pick up the red block', true],
    ['Pick the cup', true],
    ['start picking, please', true],
    ['pick-and-place the cup', true],
    ['open the drawer', false],
    ['put the pickle into the jar', false],
    ['hand me a toothpick', false],
    ['', false],
  ])('with an object in the gripper, "%s" → %s', async (instruction, done) => {
    const robot = new FakeRobot();
    robot.isGripping = true;
    expect(await pickSucceeds(instruction, robot)).toBe(done);
  });

  it('does not hold while the gripper is empty', async () => {
    expect(await pickSucceeds('pick up the red block', new FakeRobot())).toBe(false);
  });

  it('reports a gripper that cannot be asked as ROBOT_FAILED', async () => {
    const cause = new Error('no answer');
    const robot = new FakeRobot().failOn('gripping', 0, cause);
    await expect(pickSucceeds('pick', robot)).rejects.toMatchObject({ code: 'ROBOT_FAILED', cause });
  });
});
