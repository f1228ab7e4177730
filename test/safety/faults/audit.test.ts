import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AuditRecord, type AuditSink, JetsonVLAEngine, verifyAudit } from 'jetson-vla';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY } from '../../../examples/sim/command-line.js';
import { runEpisode } from '../../../examples/sim/episode.js';
import { plainInstruction } from '../../../examples/sim/instructions.js';
import { createScene } from '../../../examples/sim/scene.js';
import { SimStage } from '../../../examples/sim/stage.js';
import { runScript } from '../../examples/run-script.js';
import { FaultStage, HOME, steps } from './fault-stage.js';

let folder: string;
const stage = new FaultStage();
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
});
afterAll(async () => {
  stage[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

/** A disk with room for so many records. */
class SmallDisk implements AuditSink {
  readonly records: AuditRecord[] = [];
  room = Number.POSITIVE_INFINITY;

  append(record: AuditRecord): void {
    if (this.room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    this.room--;
    this.records.push(record);
  }
}

const audit = (...args: string[]) => runScript('lib/cli/main.ts', ['audit', ...args]);

describe('audit: tamper', () => {
  it('a change in any line is found, and the line is named', async () => {
    const file = path.join(folder, 'tamper.jsonl');
    {
      using executor = stage.begin({ audit: file });
      await executor.execute(stage.chunk(steps(HOME, [0.01])));
      await stage.robot.clock.sleep(10);
      await executor.execute(stage.chunk(steps(HOME, [0.2]), { secondsPerWaypoint: 0.01 }));
      await executor.stop('the end');
    }
    expect((await verifyAudit(file)).decisions).toEqual({ pass: 1, reject: 1 });
    const sound = await readFile(file, 'utf8');
    const lines = sound.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    const changes: readonly [string, (line: string) => string][] = [
      ['a digit', (line) => line.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))],
      ['a letter', (line) => line.replace('"kind":"', '"kind":"x')],
      ['a space', (line) => line.replace(',', ', ')],
    ];
    for (const [index, line] of lines.entries())
      for (const [what, change] of changes) {
        const changed = lines.with(index, change(line));
        expect(changed[index], what).not.toBe(line);
        await writeFile(file, `${changed.join('\n')}\n`);
        await expect(verifyAudit(file), `${what} in line ${index + 1}`).rejects.toMatchObject({
          code: 'AUDIT_INVALID',
          message: expect.stringContaining(`line ${index + 1}:`),
        });
      }
    for (const missing of lines.keys()) {
      if (missing === lines.length - 1) continue;
      await writeFile(file, `${lines.filter((_, index) => index !== missing).join('\n')}\n`);
      await expect(verifyAudit(file)).rejects.toMatchObject({ code: 'AUDIT_INVALID' });
    }
    await writeFile(file, sound);
    expect((await verifyAudit(file)).isClosed).toBe(true);
  });
});

describe('audit: disk full', () => {
  it('nothing is sent that cannot be recorded: the robot stops, and says so', async () => {
    const disk = new SmallDisk();
    disk.room = 0;
    const executor = stage.begin({ audit: disk });
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0.01])));
    expect(outcome).toMatchObject({ outcome: 'stop', stopped: true, reason: { code: 'AUDIT_FAILED' } });
    expect(stage.robot.trajectories).toEqual([]);
    expect(executor.latched?.code).toBe('AUDIT_FAILED');
    expect(stage.warnings).toHaveLength(1);

    await expect(executor.reset()).rejects.toMatchObject({ code: 'SAFETY_LATCHED' });
    disk.room = Number.POSITIVE_INFINITY;
    await executor.reset();
    await stage.robot.clock.sleep(10);
    expect((await executor.execute(stage.chunk(steps(HOME, [0.01])))).outcome).toBe('pass');
    expect(disk.records.map(({ kind }) => kind)).toEqual(['reset', 'decision']);
  });

  it('in the middle of a motion the next chunk brakes the arm along its path', async () => {
    const disk = new SmallDisk();
    const executor = stage.begin({ audit: disk });
    await stage.submit(executor, stage.chunk(steps(HOME, [0.04], 10)));
    await stage.tickFor(executor, 700);
    const moving = stage.speed();
    expect(moving).toBeGreaterThan(0.1);
    disk.room = 0;
    const at = joints();
    const submission = await stage.submit(executor, stage.chunk(steps(at, [0.04], 10)));
    expect(submission).toMatchObject({ outcome: 'stop', commandedAt: undefined, waypointsSent: 0 });
    expect(submission.error?.code).toBe('AUDIT_FAILED');
    await stage.tickFor(executor, 1000);
    expect(stage.speed()).toBeLessThan(0.01);
    expect(joints()[0]).toBeLessThan((at[0] ?? 0) + 0.05);
    expect(executor.latched?.code).toBe('AUDIT_FAILED');
  });

  it('a stop is made although it cannot be recorded', async () => {
    const disk = new SmallDisk();
    const executor = stage.begin({ audit: disk });
    const running = executor.execute(stage.chunk(steps(HOME, [0, 0, 0, 0.08], 10)));
    await stage.robot.clock.sleep(600);
    disk.room = 0;
    stage.robot.sim.faults.stallJoint(3);
    expect(await running).toMatchObject({ outcome: 'stop', stopped: true });
    await stage.robot.clock.sleep(500);
    expect(stage.speed()).toBeLessThan(0.01);
  });
});

const joints = () => stage.sim.world.joints();

describe('audit: replay', () => {
  it('makes every decision of a demo episode, of refusals and of a stop again, bit for bit', async () => {
    const file = path.join(folder, 'replay.jsonl');
    {
      await using engine = await JetsonVLAEngine.load(fileURLToPath(DEFAULT_POLICY));
      using sim = new SimStage();
      const scene = createScene(3);
      const target = scene.blocks[0].color;
      const task = { instruction: plainInstruction(target), target };
      const outcome = await runEpisode(sim, engine, scene, task, { audit: file });
      expect(outcome).toMatchObject({ success: true, reason: 'picked' });
    }
    {
      // Wide enough to reach the table.
      const workspace = { min: [-1, -1, -1], max: [1, 1, 2] } as const;
      using executor = stage.begin({ audit: file, workspace });
      const infinite = Float32Array.from(steps(HOME, [0.01]).flat());
      const chunk = stage.chunkOn(infinite);
      infinite[3] = Number.NaN;
      infinite[9] = Number.POSITIVE_INFINITY;
      infinite[12] = -0;
      await executor.execute(chunk);
      await executor.execute(stage.chunk(steps(HOME, [0.3]), { secondsPerWaypoint: 0.01 }));
      await executor.execute(stage.chunk(steps(HOME, [0, 0.3], 5), { secondsPerWaypoint: 1 }));
      await stage.robot.clock.sleep(10);
      const running = executor.execute(stage.chunk(steps(joints(), [0, 0, 0, 0.08], 10)));
      await stage.robot.clock.sleep(600);
      stage.robot.sim.faults.stallJoint(3);
      expect((await running).outcome).toBe('stop');
      await executor.execute(stage.chunk(steps(joints(), [0.01])));
    }
    const { decisions, isClosed } = await verifyAudit(file);
    expect(isClosed).toBe(true);
    expect(Object.keys(decisions)).toEqual(expect.arrayContaining(['pass', 'reject', 'truncate']));
    const total = Object.values(decisions).reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(8);
    const replayed = await audit('replay', file);
    expect(replayed.stderr).toBe('');
    expect(replayed).toMatchObject({ code: 0 });
    expect(replayed.stdout).toContain(`${total} decisions, each came out as recorded`);
    const text = await readFile(file, 'utf8');
    for (const told of [
      '"kind":"stop"',
      'path-tolerance',
      'collision-predicted',
      '"closed":true',
      '"clearances":[{',
    ])
      expect(text.includes(told), told).toBe(true);
  });
});

describe('audit: the default file', () => {
  async function withState(state: string) {
    const before = process.env['XDG_STATE_HOME'];
    process.env['XDG_STATE_HOME'] = state;
    onTestFinished(() => {
      if (before === undefined) delete process.env['XDG_STATE_HOME'];
      else process.env['XDG_STATE_HOME'] = before;
    });
    return path.join(state, 'jetson-vla', 'audit');
  }
  const asDefault = () => {
    stage.begin();
    const { limits } = stage.sim;
    return stage.executor({ limits, audit: undefined as never });
  };

  it('lies below XDG_STATE_HOME, and is a log of its own for each executor', async () => {
    const directory = await withState(path.join(folder, 'state'));
    const [one, other] = [asDefault(), asDefault()];
    expect(path.dirname(one.auditFile ?? '')).toBe(directory);
    expect(one.auditFile).not.toBe(other.auditFile);
    await other.execute(stage.chunk(steps(HOME, [0.01])));
    const file = other.auditFile ?? '';
    other.dispose();
    one.dispose();
    expect((await verifyAudit(file)).decisions).toEqual({ pass: 1 });
  });

  it('the newest 64 runs are kept, and one that is being written', async () => {
    const directory = await withState(path.join(folder, 'full'));
    await mkdir(directory, { recursive: true });
    const inUse = asDefault();
    const written = inUse.auditFile ?? '';
    // Runs that are newer than the one in use, by their names.
    const names = Array.from(
      { length: 70 },
      (_, index) => `2999-01-01T00-00-${String(index).padStart(2, '0')}.000Z-1-00aa.jsonl`,
    );
    for (const name of names) await writeFile(path.join(directory, name), '');
    await utimes(written, 0, 0);
    await writeFile(path.join(directory, 'notes.txt'), 'mine');
    const next = asDefault();
    const left = await readdir(directory);
    expect(existsSync(written)).toBe(true);
    expect(existsSync(next.auditFile ?? '')).toBe(true);
    expect(left).toContain('notes.txt');
    expect(names.filter((name) => left.includes(name))).toEqual(names.slice(-64));
    inUse.dispose();
    next.dispose();
  });
});
