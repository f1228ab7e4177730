import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { replayAudit } from '../../lib/safety/audit/replay-audit.js';
import type { CollisionChecker } from '../../lib/safety/collision/collision-checker.js';
import { replayDecision } from '../../lib/safety/replay-decision.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

it('a decision replays although the robot has picked something up since, which lengthened its reach', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'jetson-vla-carried-'));
  try {
    const file = path.join(directory, 'audit.jsonl');
    const robot = new FakeRobot(['base']);
    let reach = [0.4];
    const checker: CollisionChecker = {
      get reach() {
        return reach;
      },
      clearances: ([base = 0]) => ({
        environment: { distance: 0.42 - (reach[0] ?? 0) * base, a: 'load', b: 'wall' },
        self: { distance: 1, a: '', b: '' },
      }),
    };
    const limits = [{ name: 'base', min: -3, max: 3, velocity: 8, acceleration: 80, jerk: 4000 }];
    {
      using executor = new SafeVLAExecutor(robot, {
        limits,
        collision: checker,
        collisionBudgetMs: 10_000,
        audit: file,
        onWarning: () => {},
      });
      reach = [1.4];
      const rows = [0.1, 0.2, 0.3, 0.4].map((base) => [base, 0]);
      expect((await executor.execute(chunkOf(robot, rows))).outcome).toBe('truncate');
    }
    expect((await replayAudit(file, replayDecision)).decisions).toBe(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
