import { readFileSync } from 'node:fs';

/** Linux counts CPU time in these, whatever the kernel's own timer does. */
const TICKS_PER_S = 100;
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Seconds of CPU that a process with all its threads has used since its start. Linux only, as ROS is here. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name in parentheses, which may hold anything: the state is field 0.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_S;
}

/** Megabytes of memory that a process has resident. */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1000;
}
