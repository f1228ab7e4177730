import type { Machine } from '../machine.js';
import { listNames, readNumber, readText } from './sysfs.js';

export interface Temperature {
  /** Such as `cpu-thermal` or `tj-thermal`; `CPU-therm` with JetPack 5. */
  readonly zone: string;
  readonly celsius: number;
  /** The lowest temperature at which clocks go down or the machine off, °C; undefined when the zone names none. */
  readonly limitCelsius: number | undefined;
}

const THERMAL = 'sys/class/thermal';
const HWMON = 'sys/class/hwmon';
const CPU = 'sys/devices/system/cpu';
const LIMITS = /^(passive|hot|critical)$/;
/** A sensor that is switched off reads as something absurd, such as −256 °C. */
const PLAUSIBLE_CELSIUS = [-50, 200] as const;
/** What slows processors down; fans and alerts about a hot surface do not. */
const SLOWS_DOWN = /throttle|freq|^Processor$|powerclamp/i;
/** As NVIDIA documents the counters for Orin; the same names are there on a Thor. */
const OVER_CURRENT: Readonly<Record<string, string>> = {
  oc1: 'under-voltage (oc1)',
  oc2: 'average over-current (oc2)',
  oc3: 'instantaneous over-current (oc3)',
};

export function readTemperatures(machine: Machine): Temperature[] {
  return listNames(machine, THERMAL, /^thermal_zone\d+$/).flatMap((zone) => {
    const directory = `${THERMAL}/${zone}`;
    const celsius = plausible(readNumber(machine, `${directory}/temp`));
    if (celsius === undefined) return [];
    const type = readText(machine, `${directory}/type`) ?? zone;
    return [{ zone: type, celsius, limitCelsius: lowestLimit(machine, directory) }];
  });
}

/** Names of the cooling devices that hold a clock down at this moment. */
export function readThrottling(machine: Machine): string[] {
  return listNames(machine, THERMAL, /^cooling_device\d+$/).flatMap((device) => {
    const type = readText(machine, `${THERMAL}/${device}/type`) ?? '';
    const state = readNumber(machine, `${THERMAL}/${device}/cur_state`) ?? 0;
    return SLOWS_DOWN.test(type) && state > 0 ? [type] : [];
  });
}

/** How often clocks were held down since the machine was started, by cause. Counters only grow. */
export function readThrottleEvents(machine: Machine): Record<string, number> {
  const events: Record<string, number> = {};
  const add = (cause: string, count: number | undefined) => {
    if (count !== undefined) events[cause] = (events[cause] ?? 0) + count;
  };
  for (const monitor of listNames(machine, HWMON, /^hwmon\d+$/))
    for (const file of listNames(machine, `${HWMON}/${monitor}`, /^oc\d+_event_cnt$/)) {
      const input = file.slice(0, file.indexOf('_'));
      add(
        OVER_CURRENT[input] ?? `over-current (${input})`,
        readNumber(machine, `${HWMON}/${monitor}/${file}`),
      );
    }
  for (const cpu of listNames(machine, CPU, /^cpu\d+$/))
    add('CPU too hot', readNumber(machine, `${CPU}/${cpu}/thermal_throttle/core_throttle_count`));
  return events;
}

function lowestLimit(machine: Machine, directory: string): number | undefined {
  const limits = listNames(machine, directory, /^trip_point_\d+_type$/).flatMap((file) => {
    if (!LIMITS.test(readText(machine, `${directory}/${file}`) ?? '')) return [];
    const celsius = plausible(readNumber(machine, `${directory}/${file.replace(/type$/, 'temp')}`));
    return celsius !== undefined && celsius > 0 ? [celsius] : [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function plausible(milliCelsius: number | undefined): number | undefined {
  if (milliCelsius === undefined) return undefined;
  const celsius = milliCelsius / 1000;
  const [least, most] = PLAUSIBLE_CELSIUS;
  return celsius >= least && celsius <= most ? celsius : undefined;
}
