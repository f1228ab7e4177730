import type { Machine } from '../machine.js';
import { readText } from './sysfs.js';

/** The power mode of a Jetson, as `nvpmodel` keeps it: readable without root. */
export interface PowerMode {
  readonly id: number;
  /** Such as `MAXN` or `MODE_30W`; undefined when `/etc/nvpmodel.conf` does not list it. */
  readonly name: string | undefined;
  /** The mode of this board that allows most; undefined when the board's modes are not known. */
  readonly fastest: { readonly id: number; readonly name: string } | undefined;
}

interface ListedMode {
  readonly id: number;
  readonly name: string;
}

/** Undefined on a machine without power modes. A board on which none was ever chosen is in its default one. */
export function readPowerMode(machine: Machine): PowerMode | undefined {
  const conf = readText(machine, 'etc/nvpmodel.conf') ?? '';
  const status = readText(machine, 'var/lib/nvpmodel/status') ?? '';
  const id = /pmode:(\d+)/.exec(status)?.[1] ?? /PM_CONFIG\s+DEFAULT=(\d+)/.exec(conf)?.[1];
  if (id === undefined) return undefined;
  const modes = listedModes(conf);
  const [fastest] = modes.toSorted((a, b) => allowance(b) - allowance(a) || cores(b) - cores(a));
  return { id: Number(id), name: modes.find((mode) => mode.id === Number(id))?.name, fastest };
}

/** From lines such as `< POWER_MODEL ID=0 NAME=MAXN >`. */
function listedModes(conf: string): ListedMode[] {
  return [...conf.matchAll(/^\s*<\s*POWER_MODEL\b([^>]*)>/gm)].flatMap(([, attributes = '']) => {
    const id = /\bID=(\d+)/.exec(attributes)?.[1];
    const name = /\bNAME=(\S+)/.exec(attributes)?.[1];
    return id === undefined || name === undefined ? [] : [{ id: Number(id), name }];
  });
}

/** Numbers say nothing: MAXN is 0 on an AGX Orin, and 0 is 15 W on an Orin Nano. Names have watts or MAXN in them. */
function allowance({ name }: ListedMode): number {
  if (/^MAXN_SUPER$/i.test(name)) return Number.POSITIVE_INFINITY;
  if (/^MAXN/i.test(name)) return Number.MAX_VALUE;
  return Number(/(\d+)W/i.exec(name)?.[1] ?? 0);
}

/** Of modes with the same watts, as on a Xavier NX, the one with most processor cores is the fastest for a policy. */
function cores({ name }: ListedMode): number {
  return Number(/(\d+)CORE/i.exec(name)?.[1] ?? 0);
}
