import { describe, expect, it } from 'vitest';
import { projectGripper, projectJoints } from '../../lib/action/state-projection.js';

const measured = [0.11, 0.22];
const commandedNow = [0.1, 0.2];
const commandedThen = [0.4, 0.1];

describe('projecting the joints to the start of the next chunk', () => {
  it('is where the robot will have been sent, for absolute actions', () => {
    expect(projectJoints({ actions: 'absolute', measured, commandedNow, commandedThen })).toEqual([0.4, 0.1]);
  });

  it('is the measured state plus the deltas until then, for deltas', () => {
    const joints = projectJoints({ actions: 'delta', measured, commandedNow, commandedThen });
    expect(joints).toEqual([expect.closeTo(0.41, 9), expect.closeTo(0.12, 9)]);
  });

  it('is the measured state while nothing was commanded', () => {
    const projected = projectJoints({
      actions: 'absolute',
      measured,
      commandedNow: undefined,
      commandedThen: undefined,
    });
    expect(projected).toEqual(measured);
  });
});

describe('projecting the gripper', () => {
  const waypoints = [0, 1, 1].map((gripper) => ({ joints: [], gripper }));

  it('is the command of the last waypoint reached by then', () => {
    expect(projectGripper(waypoints, 10, 9.9, 0.5)).toBe(0.5);
    expect(projectGripper(waypoints, 10, 10.9, 0.5)).toBe(0);
    expect(projectGripper(waypoints, 10, 11, 0.5)).toBe(1);
    expect(projectGripper(waypoints, 10, 99, 0.5)).toBe(1);
  });
});
