import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene, SLOW } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

it.each([
  { fault: 'freeze_camera', reason: 'CHUNK_STALE' },
  { fault: 'stop_camera', reason: 'DEADLINE_EXCEEDED' },
])(
  '$fault in mid-motion: the arm comes to rest, the node lives on and works again afterwards',
  async ({ fault, reason }) => {
    await using scene = await E2EScene.open({ parameters: { ...SLOW, give_up_after: 4.0 } });
    const [color] = scene.colors;
    await scene.askAndSeeItMove(color);
    await scene.trigger(`sim_robot/${fault}`);
    await scene.until('the instruction is given up', () => scene.status('task') === 'failed');
    await scene.until('the arm rests', () => scene.arm.resting);
    expect(scene.status('reason')).toBe(reason);
    expect(scene.latched).toBe(false);
    expect(scene.held).toBe('');

    await scene.trigger('sim_robot/clear_faults');
    await scene.askAndSeeItMove(color);
  },
);
