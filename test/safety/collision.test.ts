import { describe, expect, it } from 'vitest';
import { predictCollisions, refuseCollisions } from '../../lib/safety/collision.js';

describe('predictCollisions', () => {
  it('hands the pose and the gripper to the checker and returns what it finds', async () => {
    const found = [{ a: 'forearm', b: 'table', depth: 0.01 }];
    const asked: unknown[] = [];
    const checker = {
      check: (...args: unknown[]) => {
        asked.push(args);
        return found;
      },
    };
    expect(await predictCollisions(checker, [1, 2], undefined)).toBe(found);
    expect(asked).toEqual([[[1, 2], undefined]]);
  });

  it('keeps a checker that works in place from changing the pose', async () => {
    const joints = [1, 2];
    const check = (pose: readonly number[]) => {
      Reflect.set(pose, 0, 9);
      return [];
    };
    await predictCollisions({ check }, joints, 0);
    expect(joints).toEqual([1, 2]);
  });

  it('reports a checker that throws, rejects or returns no list as COLLISION_CHECK_FAILED', async () => {
    const cause = new Error('scene is gone');
    const throwing = {
      check: () => {
        throw cause;
      },
    };
    const rejecting = { check: () => Promise.reject(cause) };
    for (const checker of [throwing, rejecting])
      await expect(predictCollisions(checker, [0], 0)).rejects.toMatchObject({
        code: 'COLLISION_CHECK_FAILED',
        cause,
      });
    // @ts-expect-error a checker written in JavaScript that answers with a boolean
    await expect(predictCollisions({ check: () => false }, [0], 0)).rejects.toMatchObject({
      code: 'COLLISION_CHECK_FAILED',
    });
  });
});

describe('refuseCollisions', () => {
  it('passes a free pose', () => {
    expect(() => refuseCollisions([], 0)).not.toThrow();
  });

  it('names both bodies of the deepest collision', () => {
    const collisions = [
      { a: 'hand', b: 'block', depth: 0.001 },
      { a: 'forearm', b: 'table', depth: 0.0125 },
    ];
    expect(() => refuseCollisions(collisions, 2)).toThrow(
      expect.objectContaining({
        code: 'COLLISION_PREDICTED',
        message: 'waypoint 2 would bring forearm into table by 12.5 mm, and 1 more',
      }),
    );
  });
});
