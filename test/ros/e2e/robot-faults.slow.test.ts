import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene, SLOW } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

it.each([
  { fault: 'stop_joint_states', reasons: ['TRACKING_LOST', 'ROBOT_FAILED'] },
  { fault: 'stop_controllers', reasons: ['ROBOT_FAILED', 'TRACKING_LOST'] },
])(
  'stops and latches after $fault in mid-motion, until all is back and somebody resets it',
  async ({ fault, reasons }) => {
    await using scene = await E2EScene.open({ parameters: SLOW });
    const [color] = scene.colors;
    await scene.askAndSeeItMove(color);
    await scene.trigger(`sim_robot/${fault}`);
    await scene.untilLatched();
    expect(reasons).toContain(scene.status('reason'));
    expect(await scene.trigger('vla_node/reset')).toMatchObject({ success: false });

    await scene.trigger('sim_robot/clear_faults');
    await scene.resetTheNode();
    expect(scene.arm.resting).toBe(true);
    await scene.askAndSeeItMove(color);
  },
);
