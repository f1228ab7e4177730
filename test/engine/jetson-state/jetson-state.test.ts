import { describe, expect, it } from 'vitest';
import { isHeld } from '../../../lib/engine/jetson-state/clocks.js';
import { readJetsonState } from '../../../lib/engine/jetson-state/jetson-state.js';
import {
  AGX_ORIN_JETPACK_5,
  type Files,
  LAPTOP,
  machineOf,
  ORIN_NANO_JETPACK_6,
  THOR_JETPACK_7,
} from './machines.js';

const stateOf = async (files: Files) => readJetsonState(await machineOf(files));

describe('the power mode', () => {
  it('is the one that nvpmodel keeps, with the fastest of the board, whatever its number', async () => {
    expect((await stateOf(AGX_ORIN_JETPACK_5)).powerMode).toEqual({
      id: 2,
      name: 'MODE_30W',
      fastest: { id: 0, name: 'MAXN' },
    });
    expect((await stateOf(ORIN_NANO_JETPACK_6)).powerMode).toEqual({
      id: 2,
      name: 'MAXN_SUPER',
      fastest: { id: 2, name: 'MAXN_SUPER' },
    });
  });

  it('takes the most watts for the fastest where there is no MAXN', async () => {
    const { powerMode } = await stateOf({
      'etc/nvpmodel.conf': '< POWER_MODEL ID=0 NAME=15W >\n< POWER_MODEL ID=1 NAME=7W >',
      'var/lib/nvpmodel/status': 'pmode:0001',
    });
    expect(powerMode?.fastest).toEqual({ id: 0, name: '15W' });
  });

  it('takes the most processor cores for the fastest of modes with the same watts', async () => {
    const { powerMode } = await stateOf({
      'etc/nvpmodel.conf':
        '< POWER_MODEL ID=6 NAME=MODE_20W_2CORE >\n< POWER_MODEL ID=8 NAME=MODE_20W_6CORE >',
      'var/lib/nvpmodel/status': 'pmode:0006',
    });
    expect(powerMode?.fastest).toEqual({ id: 8, name: 'MODE_20W_6CORE' });
  });

  it('is the default one on a board on which none was chosen, and none on other machines', async () => {
    const { 'var/lib/nvpmodel/status': _, ...untouched } = THOR_JETPACK_7;
    expect((await stateOf(untouched)).powerMode).toMatchObject({ id: 1, name: '120W' });
    expect((await stateOf(LAPTOP)).powerMode).toBeUndefined();
  });

  it('has a number only where nobody lists the modes', async () => {
    const { powerMode } = await stateOf({ 'var/lib/nvpmodel/status': 'pmode:0003' });
    expect(powerMode).toEqual({ id: 3, name: undefined, fastest: undefined });
  });
});

describe('the clocks', () => {
  it('are read for clusters of the CPU and the GPU under its name of JetPack 5, 6 and 7', async () => {
    const { cpu, gpu } = (await stateOf(AGX_ORIN_JETPACK_5)).clocks;
    expect(cpu.map(({ name, currentMHz }) => [name, currentMHz])).toEqual([
      ['cpu 0-3', 1190.4],
      ['cpu 4-7', 729.6],
    ]);
    expect(gpu).toEqual([
      { name: '17000000.ga10b', governor: 'nvhost_podgov', currentMHz: 306, minMHz: 306, maxMHz: 624.75 },
    ]);
    expect((await stateOf(ORIN_NANO_JETPACK_6)).clocks.gpu.map(({ name }) => name)).toEqual(['17000000.gpu']);
    // The clock of the video engine says nothing about inference.
    expect((await stateOf(THOR_JETPACK_7)).clocks.gpu.map(({ name }) => name)).toEqual(['gpu-gpc-0']);
  });

  it('are held when the least is the largest, or the governor keeps them up', async () => {
    const nano = (await stateOf(ORIN_NANO_JETPACK_6)).clocks;
    expect([...nano.cpu, ...nano.gpu].every(isHeld)).toBe(true);
    const thor = (await stateOf(THOR_JETPACK_7)).clocks;
    expect([...thor.cpu, ...thor.gpu].some(isHeld)).toBe(false);
    expect(thor.memory).toMatchObject({ name: 'bwmgr', currentMHz: 4266 });
    expect(thor.memory && isHeld(thor.memory)).toBe(true);
  });

  it('of the memory come from the firmware where root looks', async () => {
    const { memory } = (await stateOf({ 'sys/kernel/debug/bpmp/debug/clk/emc/rate': '2133000000\n' })).clocks;
    expect(memory?.currentMHz).toBe(2133);
    expect((await stateOf(LAPTOP)).clocks.memory).toBeUndefined();
  });
});

describe('heat', () => {
  it('is read for each zone with the lowest temperature that slows it down', async () => {
    expect((await stateOf(AGX_ORIN_JETPACK_5)).temperatures).toEqual([
      { zone: 'CPU-therm', celsius: 48.312, limitCelsius: 97 },
      { zone: 'GPU-therm', celsius: 45.687, limitCelsius: 97 },
    ]);
    expect((await stateOf(ORIN_NANO_JETPACK_6)).temperatures.map(({ zone }) => zone)).toEqual([
      'cpu-thermal',
      'tj-thermal',
      'gpu-thermal',
    ]);
  });

  it('leaves out zones that are switched off, and trip points that are none', async () => {
    const thor = (await stateOf(THOR_JETPACK_7)).temperatures;
    expect(thor.map(({ zone }) => zone)).toEqual(['cpu-thermal', 'tj-thermal']);
    expect((await stateOf(LAPTOP)).temperatures).toEqual([
      { zone: 'x86_pkg_temp', celsius: 61, limitCelsius: 100 },
    ]);
  });

  it('throttles by what holds clocks down, not by fans and warm surfaces', async () => {
    expect((await stateOf(AGX_ORIN_JETPACK_5)).throttling).toEqual([]);
    expect((await stateOf(THOR_JETPACK_7)).throttling).toEqual(['gpu-throttle-alert', 'devfreq-gpu-gpc-0']);
    expect((await stateOf(LAPTOP)).throttling).toEqual(['Processor']);
  });

  it('and currents are counted', async () => {
    expect((await stateOf(AGX_ORIN_JETPACK_5)).throttleEvents).toEqual({
      'under-voltage (oc1)': 0,
      'average over-current (oc2)': 2,
      'instantaneous over-current (oc3)': 5,
    });
    expect((await stateOf(LAPTOP)).throttleEvents).toEqual({ 'CPU too hot': 7 });
  });
});

describe('the share of the processors', () => {
  it.each([
    [
      'version 2',
      {
        'sys/fs/cgroup/cpu.max': '150000 100000\n',
        'sys/fs/cgroup/cpu.stat': 'nr_periods 9\nnr_throttled 4\n',
      },
    ],
    [
      'version 1',
      {
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '150000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu/cpu.stat': 'nr_throttled 4\n',
      },
    ],
  ])('is what control groups of %s allow', async (_, files) => {
    expect((await stateOf(files)).cpu).toMatchObject({ quota: 1.5, quotaWaits: 4 });
  });

  it.each([
    [{ 'sys/fs/cgroup/cpu.max': 'max 100000\n' }],
    [{ 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' }],
    [{}],
  ])('has no limit with %j', async (files) => {
    expect((await stateOf(files)).cpu.quota).toBeUndefined();
  });

  it('knows the load, and the battery of the machine but not that of its mouse', async () => {
    expect((await stateOf(AGX_ORIN_JETPACK_5)).cpu).toMatchObject({ load: 0.42, onBattery: undefined });
    expect((await stateOf(LAPTOP)).cpu).toMatchObject({ load: undefined, onBattery: true });
    const charging = { ...LAPTOP, 'sys/class/power_supply/BAT0/status': 'Charging\n' };
    expect((await stateOf(charging)).cpu.onBattery).toBe(false);
  });
});

it('is empty where there is no /sys at all', async () => {
  expect(await stateOf({})).toEqual({
    powerMode: undefined,
    clocks: { cpu: [], gpu: [], memory: undefined },
    temperatures: [],
    throttling: [],
    throttleEvents: {},
    cpu: { load: undefined, quota: undefined, quotaWaits: undefined, onBattery: undefined },
  });
});
