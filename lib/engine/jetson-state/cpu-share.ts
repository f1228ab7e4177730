import type { Machine } from '../machine.js';
import { listNames, readNumber, readText } from './sysfs.js';

/** How much of the machine's processors this process can have. */
export interface CpuShare {
  /** Processes that ran or wanted to, on average over the last minute. */
  readonly load: number | undefined;
  /** Cores that a container may use on average; undefined without such a limit. */
  readonly quota: number | undefined;
  /** How often the container had to wait because its share was used up. */
  readonly quotaWaits: number | undefined;
  /** Whether the machine runs on its battery; undefined without one. */
  readonly onBattery: boolean | undefined;
}

const CGROUP = 'sys/fs/cgroup';
const POWER_SUPPLY = 'sys/class/power_supply';

export function readCpuShare(machine: Machine): CpuShare {
  const load = Number.parseFloat(readText(machine, 'proc/loadavg') ?? '');
  const statistics = readText(machine, `${CGROUP}/cpu.stat`) ?? readText(machine, `${CGROUP}/cpu/cpu.stat`);
  const waits = /^nr_throttled (\d+)$/m.exec(statistics ?? '')?.[1];
  return {
    load: Number.isFinite(load) ? load : undefined,
    quota: readQuota(machine),
    quotaWaits: waits === undefined ? undefined : Number(waits),
    onBattery: readOnBattery(machine),
  };
}

/** Version 2 of control groups says `200000 100000` or `max 100000`, version 1 has a file for each number. */
function readQuota(machine: Machine): number | undefined {
  const [quota, period] = (readText(machine, `${CGROUP}/cpu.max`) ?? '').split(' ').map(Number);
  if (period !== undefined) return share(quota, period);
  return share(
    readNumber(machine, `${CGROUP}/cpu/cpu.cfs_quota_us`),
    readNumber(machine, `${CGROUP}/cpu/cpu.cfs_period_us`),
  );
}

function share(quota: number | undefined, period: number | undefined): number | undefined {
  if (quota === undefined || period === undefined) return undefined;
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function readOnBattery(machine: Machine): boolean | undefined {
  const states = listNames(machine, POWER_SUPPLY, /./).flatMap((name) => {
    const isBattery = readText(machine, `${POWER_SUPPLY}/${name}/type`) === 'Battery';
    // Mice and headsets have batteries too.
    const isDevice = readText(machine, `${POWER_SUPPLY}/${name}/scope`) === 'Device';
    return isBattery && !isDevice ? [readText(machine, `${POWER_SUPPLY}/${name}/status`)] : [];
  });
  return states.length === 0 ? undefined : states.includes('Discharging');
}
