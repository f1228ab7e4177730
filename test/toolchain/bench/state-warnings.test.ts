import { describe, expect, it } from 'vitest';
import { type JetsonState, readJetsonState } from '../../../lib/engine/jetson-state/jetson-state.js';
import { comparison } from '../../../lib/toolchain/bench/comparison.js';
import { stateWarnings } from '../../../lib/toolchain/bench/state-warnings.js';
import {
  AGX_ORIN_JETPACK_5,
  type Files,
  LAPTOP,
  machineOf,
  ORIN_NANO_JETPACK_6,
  THOR_JETPACK_7,
} from '../../engine/jetson-state/machines.js';

const stateOf = async (files: Files) => readJetsonState(await machineOf(files));

async function warningsOf(before: Files, after: Files = before, cores = 4): Promise<string[]> {
  return stateWarnings(await stateOf(before), await stateOf(after), cores);
}

describe('a machine spoils its figures', () => {
  it('not when it is set up for measuring', async () => {
    expect(await warningsOf(ORIN_NANO_JETPACK_6)).toEqual([]);
    expect(await warningsOf({})).toEqual([]);
  });

  it('in a slower power mode, with clocks that move', async () => {
    expect(await warningsOf(AGX_ORIN_JETPACK_5)).toEqual([
      'the power mode is MODE_30W, the fastest of this board is MAXN: sudo nvpmodel -m 0',
      'clocks go up and down with the load: cpu 0-3 (schedutil), cpu 4-7 (schedutil), 17000000.ga10b (nvhost_podgov): sudo jetson_clocks',
    ]);
  });

  it('close to a limit of temperature, and held down by one', async () => {
    const warnings = await warningsOf(THOR_JETPACK_7);
    expect(warnings).toContain(
      'tj-thermal is at 110.2 °C, its limit is 114.5 °C: let it cool down, or cool it better',
    );
    expect(warnings).toContain(
      'clocks are held down by gpu-throttle-alert, devfreq-gpu-gpc-0: let it cool down',
    );
  });

  it('when events were counted during the run, and not for those before', async () => {
    const hwmon = 'sys/class/hwmon/hwmon3/oc3_event_cnt';
    const warnings = await warningsOf(ORIN_NANO_JETPACK_6, { ...ORIN_NANO_JETPACK_6, [hwmon]: '2\n' });
    expect(warnings).toEqual([
      'clocks were held down during the run (instantaneous over-current (oc3): 2 times): look at power supply and cooling',
    ]);
    const counted = { ...ORIN_NANO_JETPACK_6, [hwmon]: '9\n' };
    expect(await warningsOf(counted)).toEqual([]);
  });

  it('on a battery', async () => {
    const warnings = await warningsOf(LAPTOP);
    expect(warnings[0]).toBe('the machine runs on its battery and saves power: plug it in');
    expect(warnings[1]).toContain('cpu 0 (powersave): sudo cpupower frequency-set -g performance');
  });

  it('when others are at work before the run; its own load counts for nothing', async () => {
    const [idle, busy] = [{ 'proc/loadavg': '1.9 1 1 1/9 9' }, { 'proc/loadavg': '2.1 1 1 1/9 9' }];
    expect(await warningsOf(idle, busy)).toEqual([]);
    expect(await warningsOf(busy, busy)).toEqual([
      'other work runs beside it: load 2.1 on 4 cores before the run: stop it and measure again',
    ]);
  });

  it('in a container with a share of the cores, the more when it had to wait', async () => {
    const before = { 'sys/fs/cgroup/cpu.max': '200000 100000', 'sys/fs/cgroup/cpu.stat': 'nr_throttled 7' };
    expect(await warningsOf(before)).toEqual(['the container may use 2.0 of 4 cores']);
    expect(await warningsOf(before, before, 2)).toEqual([]);
    expect(await warningsOf(before, { ...before, 'sys/fs/cgroup/cpu.stat': 'nr_throttled 9' })).toEqual([
      'the container may use 2.0 cores and had to wait 2 times: give it more (--cpus)',
    ]);
  });

  it('when somebody changes the power mode meanwhile', async () => {
    const state: JetsonState = await stateOf(ORIN_NANO_JETPACK_6);
    const changed = { ...ORIN_NANO_JETPACK_6, 'var/lib/nvpmodel/status': 'pmode:0000' };
    expect(stateWarnings(state, await stateOf(changed), 6)).toEqual([
      'the power mode was changed during the run: measure again',
    ]);
  });
});

describe('the verdict on two policies', () => {
  const rounds = (ours: number, theirs: readonly number[]) =>
    theirs.map((ms) => ({ ours: [ours, ours, ours], theirs: [ms, ms, ms] }));

  it('names the faster one and by how much, whichever comes first', () => {
    const twice = [2, 2, 2, 2, 2, 2];
    expect(comparison('infer', ['a', 'b'], rounds(1, twice)).verdict).toBe(
      'The model: a is 2.00 times as fast as b (ratio of medians 0.500, 95 % interval 0.500 … 0.500).',
    );
    expect(comparison('total', ['a', 'b'], rounds(4, twice)).verdict).toContain(
      'b is 2.00 times as fast as a',
    );
  });

  it('is none when the interval contains 1', () => {
    const { verdict, medians } = comparison('infer', ['a', 'b'], rounds(1, [0.9, 1.1, 0.95, 1.05, 0.9, 1.1]));
    expect(medians?.low).toBeLessThanOrEqual(1);
    expect(verdict).toContain('this run cannot tell a and b apart');
  });

  it('says when there is too little to tell', () => {
    expect(comparison('infer', ['a', 'b'], rounds(1, [2, 2])).verdict).toContain('too few rounds');
  });
});
