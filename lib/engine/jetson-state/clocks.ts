import type { Machine } from '../machine.js';
import { listNames, readNumber, readText } from './sysfs.js';

/** Something with a clock of its own; MHz. */
export interface ClockDomain {
  /** Such as `cpu 0-3`, `gpu-gpc-0` or `17000000.gpu`. */
  readonly name: string;
  readonly governor: string | undefined;
  readonly currentMHz: number | undefined;
  readonly minMHz: number | undefined;
  readonly maxMHz: number | undefined;
}

export interface Clocks {
  readonly cpu: readonly ClockDomain[];
  readonly gpu: readonly ClockDomain[];
  /** The memory controller. Before JetPack 7 only root can see it. */
  readonly memory: ClockDomain | undefined;
}

const CPUFREQ = 'sys/devices/system/cpu/cpufreq';
const DEVFREQ = 'sys/class/devfreq';
/** JetPack 5 names the node after the chip, 6 after its address, 7 on a Thor after the part of the GPU. */
const GPU = /^(gpu-gpc-\d+|(.*\.)?(gpu|gm20b|gp10b|gv11b|ga10b|gb10b))$/;
const EMC_RATE = 'sys/kernel/debug/bpmp/debug/clk/emc/rate';

export function readClocks(machine: Machine): Clocks {
  return {
    cpu: listNames(machine, CPUFREQ, /^policy\d+$/).map((policy) => cpuDomain(machine, policy)),
    gpu: listNames(machine, DEVFREQ, GPU).map((name) => deviceDomain(machine, name)),
    memory: memoryDomain(machine),
  };
}

/** Whether a clock stays where it is: `jetson_clocks` raises the least one to the largest. Unknown ones do not. */
export function isHeld({ governor, minMHz, maxMHz }: ClockDomain): boolean {
  return governor === 'performance' || (minMHz !== undefined && minMHz === maxMHz);
}

function cpuDomain(machine: Machine, policy: string): ClockDomain {
  const directory = `${CPUFREQ}/${policy}`;
  const mhz = (file: string) => scaled(readNumber(machine, `${directory}/${file}`), 1e3);
  const cpus = readText(machine, `${directory}/affected_cpus`)?.split(/\s+/) ?? [];
  const range = cpus.length > 1 ? `${cpus[0]}-${cpus.at(-1)}` : (cpus[0] ?? policy.slice('policy'.length));
  return {
    name: `cpu ${range}`,
    governor: readText(machine, `${directory}/scaling_governor`),
    currentMHz: mhz('scaling_cur_freq'),
    minMHz: mhz('scaling_min_freq'),
    maxMHz: mhz('scaling_max_freq'),
  };
}

function deviceDomain(machine: Machine, name: string): ClockDomain {
  const mhz = (file: string) => scaled(readNumber(machine, `${DEVFREQ}/${name}/${file}`), 1e6);
  return {
    name,
    governor: readText(machine, `${DEVFREQ}/${name}/governor`),
    currentMHz: mhz('cur_freq'),
    minMHz: mhz('min_freq'),
    maxMHz: mhz('max_freq'),
  };
}

function memoryDomain(machine: Machine): ClockDomain | undefined {
  if (readText(machine, `${DEVFREQ}/bwmgr/cur_freq`) !== undefined) return deviceDomain(machine, 'bwmgr');
  const currentMHz = scaled(readNumber(machine, EMC_RATE), 1e6);
  if (currentMHz === undefined) return undefined;
  return { name: 'emc', governor: undefined, currentMHz, minMHz: undefined, maxMHz: undefined };
}

function scaled(value: number | undefined, perMHz: number): number | undefined {
  return value === undefined ? undefined : value / perMHz;
}
