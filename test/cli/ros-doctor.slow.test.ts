import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runRos, STAND_IN, startRos } from './run-ros.js';

const ROBOT = fileURLToPath(new URL('standing-robot.ts', import.meta.url));

describe('jetson-vla ros doctor', () => {
  it('ends with 0 when nothing failed', async () => {
    const { code, stdout } = await startRos(ROBOT, ['doctor']);
    expect(stdout).toMatch(/ok {4}\/camera\/image_raw: sensor_msgs\/msg\/Image from \/robot/);
    expect(stdout).toMatch(/\n0 failed, \d+ to look at, \d+ in order\n$/);
    expect(code).toBe(0);
  });

  it('ends with 1 when something failed, with what to do about it', async () => {
    const { code, stdout } = await startRos(STAND_IN, [
      'doctor',
      '--gripper-action',
      '',
      '--ros-args',
      '-r',
      'joint_states:=js',
    ]);
    expect(stdout).toMatch(/FAIL {2}\/js: nobody publishes it.*\n {6}→ Start the driver/);
    expect(stdout).toMatch(/\n3 failed, /);
    expect(code).toBe(1);
  });

  it('prints findings as JSON, also where there is no ROS', async () => {
    const { code, stdout } = await runRos({}, ['doctor', '--json']);
    const findings: unknown = JSON.parse(stdout);
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'fail',
        topic: 'rclnodejs',
        remedy: expect.stringContaining('npm install'),
      }),
    );
    expect(code).toBe(1);
  });
});
