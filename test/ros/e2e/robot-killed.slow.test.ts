import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene, SLOW } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

it('stops and latches when the robot is killed in mid-motion, until another is there and somebody resets it', async () => {
  await using scene = await E2EScene.open({ parameters: SLOW });
  const [color] = scene.colors;
  await scene.askAndSeeItMove(color);
  await scene.world.kill();
  await scene.until('the node has latched', () => scene.latched);
  expect(await scene.trigger('vla_node/reset')).toMatchObject({ success: false });

  scene.startWorld();
  await scene.resetTheNode();
  await scene.askAndSeeItMove(color);
});
