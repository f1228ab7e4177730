import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOneGraph } from './one-graph.js';
import { E2EScene, SLOW } from './scene.js';

let graph: Awaited<ReturnType<typeof joinOneGraph>>;
beforeAll(async () => {
  graph = await joinOneGraph();
});
afterAll(() => graph.close());

/** What the simulated controllers write when they are told to stop. */
const CANCELLED = 'follow_joint_trajectory: a goal is cancelled';

it('comes to rest when the node is killed in mid-motion, and the next node waits to be told', async () => {
  await using scene = await E2EScene.open({ parameters: { ...SLOW, autostart: false }, activate: true });
  const [color] = scene.colors;
  await scene.askAndSeeItMove(color);
  await scene.vla.kill();
  await scene.until('the watchdog has cancelled the motion', () => scene.world.output.includes(CANCELLED));
  await scene.until('the arm rests', () => scene.arm.resting);

  scene.startNode();
  await scene.until('another node is there', () => scene.status('lifecycle') === 'unconfigured');
  scene.askFor(color);
  await scene.restsOn();
});

it('comes to rest when the node is frozen in mid-motion, and is latched when it goes on', async () => {
  await using scene = await E2EScene.open({ parameters: SLOW });
  const [color, other] = scene.colors;
  await scene.askAndSeeItMove(color);
  scene.vla.signal('SIGSTOP');
  await scene.until('the arm rests', () => scene.arm.resting);

  scene.vla.signal('SIGCONT');
  await scene.untilLatched();
  // Its child is heard of a moment after the joint states, which are too old by now.
  await scene.until('the watchdog has tripped', () => scene.vla.output.includes('did not beat'));
  scene.askFor(other);
  await scene.restsOn();
  await scene.resetTheNode();
  await scene.askAndSeeItMove(color);
});

it('brakes at Ctrl-C and when it is deactivated', async () => {
  await using scene = await E2EScene.open({ parameters: SLOW });
  const [color] = scene.colors;
  await scene.askAndSeeItMove(color);
  await scene.transition('deactivate');
  await scene.until('the arm rests', () => scene.arm.resting);
  scene.askFor(color);
  await scene.restsOn();

  // A brake that a busy machine was late with is a stop.
  if (scene.latched) await scene.resetTheNode();
  await scene.transition('activate');
  await scene.askAndSeeItMove(color);
  scene.vla.signal('SIGINT');
  await scene.until('the node has ended', () => !scene.vla.alive);
  expect(scene.vla.exitCode).toBe(0);
  await scene.until('the arm rests', () => scene.arm.resting);
});
