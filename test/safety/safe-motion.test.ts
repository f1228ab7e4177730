import { describe, expect, it } from 'vitest';
import type { AuditRecord, AuditSink } from '../../lib/safety/audit/audit-sink.js';
import type { CollisionChecker } from '../../lib/safety/collision/collision-checker.js';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../lib/safety/safe-vla-executor.js';
import type { MotionWatchdog, WatchdogTrip } from '../../lib/safety/watchdog/motion-watchdog.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];

/** A robot and its executor, and everything that happens around them in one list. */
function setUp(options: Partial<SafeVLAExecutorOptions> = {}) {
  const robot = new FakeRobot(['base']);
  const events: string[] = [];
  robot.onCall = (call) => {
    if (call === 'follow' || call === 'stop') events.push(call);
  };
  const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {}, ...options });
  let sequence = 0;
  const submit = (base: number, seconds = 1) => {
    const chunk = chunkOf(robot, [[base, 0]], { secondsPerWaypoint: seconds, sequence: ++sequence });
    const waypoints = [...chunk].map(({ joints }) => ({ joints, gripper: undefined }));
    return executor.submit({
      chunk,
      waypoints,
      progress: executor.progressAt(robot.time) + 1,
      instruction: '',
    });
  };
  return { robot, events, executor, submit };
}

/** A log in memory that can be full. */
class Sink implements AuditSink {
  full = false;
  readonly records: AuditRecord[] = [];
  readonly #events: string[];

  constructor(events: string[]) {
    this.#events = events;
  }

  append(record: AuditRecord): void {
    if (this.full) throw new Error('the disk is full');
    this.records.push(record);
    this.#events.push(`record ${record.kind}`);
  }
}

class Watch implements MotionWatchdog {
  tripped: WatchdogTrip | undefined;
  alive = true;
  readonly #events: string[];

  constructor(events: string[]) {
    this.#events = events;
  }

  arm(): void {
    this.#events.push('arm');
  }

  beat(): boolean {
    this.#events.push('beat');
    return this.alive;
  }

  disarm(): void {
    this.#events.push('disarm');
  }
}

describe('the audit log', () => {
  const recorded = () => {
    const events: string[] = [];
    const sink = new Sink(events);
    const set = setUp({ audit: sink });
    set.robot.onCall = (call) => {
      if (call === 'follow' || call === 'stop') events.push(call);
    };
    return { ...set, events, sink };
  };

  it('has a decision before it is carried out', async () => {
    const { events, submit } = recorded();
    await submit(0.2);
    expect(events).toEqual(['record decision', 'follow']);
  });

  it('that is full sends nothing and latches', async () => {
    const { events, submit, sink, executor } = recorded();
    sink.full = true;
    expect(await submit(0.2)).toMatchObject({ outcome: 'stop', commandedAt: undefined });
    expect(events).toEqual(['stop']);
    expect(executor.latched).toBeDefined();
  });

  it('has what a tick decided, before it is carried out', async () => {
    const { events, submit, robot, executor } = recorded();
    await submit(0.5);
    robot.time += 200;
    robot.teleport([1]);
    events.length = 0;
    await executor.tick();
    expect(events.slice(0, 2)).toEqual(['record decision', 'stop']);
  });
});

describe('the watchdog', () => {
  const watched = () => {
    const events: string[] = [];
    const watchdog = new Watch(events);
    const set = setUp({ watchdog });
    set.robot.onCall = (call) => {
      if (call === 'follow' || call === 'stop') events.push(call);
    };
    return { ...set, events, watchdog };
  };

  it('is armed before a motion, beaten in each tick and disarmed at rest', async () => {
    const { events, submit, robot, executor } = watched();
    await submit(0.2);
    expect(events).toEqual(['arm', 'follow']);
    robot.time += 100;
    await executor.tick();
    expect(events).toEqual(['arm', 'follow', 'beat']);
    robot.time += 2000;
    await executor.tick();
    expect(events.slice(-2)).toEqual(['beat', 'disarm']);
  });

  it('that takes no beat any more stops the robot', async () => {
    const { events, submit, robot, executor, watchdog } = watched();
    await submit(0.2);
    robot.time += 100;
    watchdog.alive = false;
    await executor.tick();
    expect(events).toContain('stop');
    expect(executor.latched?.code).toBe('WATCHDOG_TRIPPED');
  });

  it('that has tripped latches, and takes no chunk, at rest as well', async () => {
    const { events, submit, executor, watchdog } = watched();
    watchdog.tripped = { reason: 'child-died', at: 0, message: 'the watchdog has ended' };
    expect(await submit(0.2)).toMatchObject({ outcome: 'stop', error: { code: 'WATCHDOG_TRIPPED' } });
    expect(events).not.toContain('follow');
    const other = watched();
    other.watchdog.tripped = watchdog.tripped;
    await other.executor.tick();
    expect(other.executor.latched?.code).toBe('WATCHDOG_TRIPPED');
    expect(executor.latched?.code).toBe('WATCHDOG_TRIPPED');
  });
});

describe('guards that take longer than the lead', () => {
  it('refuse to replace a running motion at a place that it has passed', async () => {
    let slow = false;
    const far = { distance: 1, a: '', b: '' };
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => {
        if (slow) robot.time += 50;
        return { environment: far, self: far };
      },
    };
    const { robot, events, submit } = setUp({ collision, collisionBudgetMs: 1e6 });
    await submit(0.5);
    robot.time += 300;
    slow = true;
    expect(await submit(0.6)).toMatchObject({ outcome: 'reject', commandedAt: undefined });
    expect(events).toEqual(['follow']);
  });
});
