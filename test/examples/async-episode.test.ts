import { fileURLToPath } from 'node:url';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROL_MODES, type ControlEpisode, runControlEpisode } from '../../examples/sim/control-episode.js';
import { controlPlot } from '../../examples/sim/control-plot.js';
import { controlTable, summariseCell } from '../../examples/sim/control-summary.js';
import { JetsonVLAEngine } from '../../lib/engine/jetson-vla-engine.js';
import { runScript } from './run-script.js';

const POLICY = fileURLToPath(new URL('../../examples/policies/pick', import.meta.url));

let engine: JetsonVLAEngine;
beforeAll(async () => {
  engine = await JetsonVLAEngine.load(POLICY, { threads: 1 });
});
afterAll(() => engine[Symbol.asyncDispose]());

describe('with inferences of 200 ms', () => {
  const episode = (mode: ControlEpisode['mode']) =>
    runControlEpisode(engine, { seed: 0, delayMs: 200, mode });
  let sync: ControlEpisode;
  let async: ControlEpisode;
  beforeAll(async () => {
    sync = await episode('sync');
    async = await episode('weightedAverage');
  });

  it('both ways pick the named block', () => {
    expect([sync.reason, async.reason]).toEqual(['picked', 'picked']);
    expect(async.guards).toMatchObject({ truncated: 0, rejected: 0, stopped: 0 });
  });

  it('the asynchronous one is there sooner, and rests less', () => {
    const [slow, fast] = [sync.motion, async.motion];
    expect(fast.liftedAtS).toBeLessThan(0.85 * (slow.liftedAtS ?? 0));
    // A synchronous arm waits at least as long as the policy thinks.
    expect(slow.worstPauseS).toBeGreaterThanOrEqual(0.2);
    expect(fast.worstPauseS).toBeLessThan(0.2);
  });

  it('the same seed gives the same episode', async () => {
    expect(await episode('weightedAverage')).toEqual(async);
  });

  it('the table and the plot show what was measured', () => {
    const cells = [summariseCell([sync], [sync]), summariseCell([async], [sync])];
    const ratio = (async.motion.liftedAtS ?? 0) / (sync.motion.liftedAtS ?? 1);
    expect(cells[1]).toMatchObject({ successes: 1, meanToSync: ratio, medianS: async.motion.liftedAtS });
    const [, , , row] = controlTable(cells).split('\n');
    expect(row).toContain(`| ${async.motion.liftedAtS?.toFixed(2)} / `);
    const svg = controlPlot(cells);
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).toContain('>weightedAverage<');
  });
});

describe('npm run eval-control', () => {
  it('prints one JSON object with a cell per delay and mode', async () => {
    const args = ['--scenes', '1', '--jobs', '1', '--delays', '100', '--modes', 'sync,replace', '--json'];
    const { code, stdout } = await runScript('examples/eval-control.ts', args);
    expect(code).toBe(0);
    const { cells } = JSON.parse(stdout);
    expect(cells).toMatchObject([
      { delayMs: 100, mode: 'sync', episodes: 1, medianToSync: 1 },
      { delayMs: 100, mode: 'replace', episodes: 1 },
    ]);
  });

  it('refuses a way of control that does not exist', async () => {
    const { code, stderr } = await runScript('examples/eval-control.ts', ['--modes', 'rtc']);
    expect(code).toBe(2);
    expect(stderr).toContain(CONTROL_MODES.join(', '));
  });
});
