import { describe, expect, it } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import { comeToRest } from '../../../lib/ros/node/come-to-rest.js';
import { NO_TASK, type TaskFollower } from '../../../lib/ros/node/task.js';
import { FakeRobot } from '../../fakes/fake-robot.js';

function follower(stop: () => Promise<void>): TaskFollower {
  return { task: NO_TASK, follow: () => {}, stop };
}

describe('coming to rest', () => {
  it('leaves it to the follower, and waits for it', async () => {
    const robot = new FakeRobot();
    await comeToRest(
      follower(async () => {}),
      robot,
      60_000,
    );
    expect(robot.commands).toEqual([]);
  });

  it('passes on what the follower says', async () => {
    const failed = follower(async () => {
      throw new VLAError('ROBOT_FAILED', 'no power');
    });
    await expect(comeToRest(failed, new FakeRobot(), 60_000)).rejects.toThrow('no power');
  });

  it('stops the robot by its own means when the follower does not come to an end', async () => {
    const robot = new FakeRobot();
    const waiting = follower(() => new Promise(() => {}));
    await expect(comeToRest(waiting, robot, 50)).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
    expect(robot.commands.map(({ kind }) => kind)).toEqual(['stop']);
    await expect(comeToRest(waiting, undefined, 50)).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
  });
});
