import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

describe('the simulated robot and the node, joined by topics alone', () => {
  it('picks the block that is named', async () => {
    await using scene = await E2EScene.open();
    const [color] = scene.colors;
    await scene.pick(color);
    expect(scene.held).toBe(color);
    await scene.until('the arm rests', () => scene.arm.resting);
    expect(scene.status('latched')).toBe('false');
  });

  it('goes for another block when the instruction changes in mid-motion', async () => {
    await using scene = await E2EScene.open();
    const [first, second] = scene.colors;
    await scene.askAndSeeItMove(first);
    await scene.pick(second);
    expect(scene.held).toBe(second);
  });
});
