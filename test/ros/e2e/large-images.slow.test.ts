import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

/** A machine that has no time for such images sees old ones only. */
const TOO_SLOW = ['CHUNK_STALE', 'DEADLINE_EXCEEDED', 'WATCHDOG_TRIPPED', 'TRACKING_LOST', 'ROBOT_FAILED'];

it('works on images of 1920 × 1080 at 30 Hz, or refuses them as too old and rests', async () => {
  await using scene = await E2EScene.open({ world: ['--camera-rate', '30', '--image', '1920x1080'] });
  const [color] = scene.colors;
  scene.askFor(color);
  const over = () => ['succeeded', 'failed', 'latched'].includes(scene.status('task') ?? '');
  await scene.until('the task is over', over, 60_000);
  if (scene.status('task') === 'succeeded') expect(scene.held).toBe(color);
  else expect(TOO_SLOW).toContain(scene.status('reason'));
  await scene.until('the arm rests', () => scene.arm.resting);
  expect(scene.vla.alive).toBe(true);
});
