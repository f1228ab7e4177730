import { expect, it } from 'vitest';
import { runScript } from './run-script.js';

const SCRIPT = 'examples/ros/sim-robot.ts';

it('lists its options without ROS', async () => {
  const { code, stdout } = await runScript(SCRIPT, ['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('--camera-rate');
});

it.each([
  [['--image', '1920'], '--image must be WIDTHxHEIGHT, got "1920"'],
  [['--encoding', 'yuv422'], '--encoding must be one of bgr8, rgb8, got "yuv422"'],
  [['--camera-rate', '0'], '--camera-rate must be a whole number from 1 to 100, got "0"'],
])('says what is wrong with %s', async (args, message) => {
  const { code, stderr } = await runScript(SCRIPT, args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
