import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

it('works on images of 1920 × 1080 at 30 Hz', async () => {
  await using scene = await E2EScene.open({
    world: { cameraHz: 30, camera: { width: 1920, height: 1080 } },
  });
  const [color] = scene.colors;
  await scene.pick(color);
  expect(scene.held).toBe(color);
});
