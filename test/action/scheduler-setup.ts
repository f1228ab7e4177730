import { ChunkScheduler } from '../../lib/action/chunk-scheduler.js';
import type { ChunkSchedulerOptions } from '../../lib/action/scheduler-options.js';
import type { ChunkSpan } from '../../lib/action/scheduler-outcome.js';
import { FakeInferrer } from '../fakes/fake-inferrer.js';
import { FakeMotion } from '../fakes/fake-motion.js';
import { FakeRobot } from '../fakes/fake-robot.js';

/** A scheduler with everything around it in memory and in virtual time; its spans are kept. */
export function setUp(options: ChunkSchedulerOptions = {}) {
  const robot = new FakeRobot(['a', 'b']);
  const motion = new FakeMotion(robot.clock, [0, 0]);
  const inferrer = new FakeInferrer(robot);
  const spans: ChunkSpan[] = [];
  const onChunk = (span: ChunkSpan) => {
    spans.push(span);
    return options.onChunk?.(span);
  };
  const scheduler = new ChunkScheduler(inferrer, robot, motion, { timeLimitMs: 10_000, ...options, onChunk });
  const startMs = robot.time;
  /** Does something at an instant of the run. */
  const after = (ms: number, act: () => void) => {
    void robot.virtualClock.sleep(ms).then(act);
  };
  return { robot, motion, inferrer, scheduler, spans, startMs, after };
}
