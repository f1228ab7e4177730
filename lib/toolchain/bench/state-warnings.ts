import { isHeld } from '../../engine/jetson-state/clocks.js';
import type { JetsonState } from '../../engine/jetson-state/jetson-state.js';

/** A zone this close to its limit, °C, may be slowed down at any moment. */
const NEAR_LIMIT_CELSIUS = 5;
/** Share of the cores that others may be busy on. */
const BUSY = 0.5;

/**
 * What spoils the figures of a run, one line each with what to do about it.
 *
 * @param before the machine's state before the run
 * @param after the same afterwards
 * @param cores that the process may use
 */
export function stateWarnings(before: JetsonState, after: JetsonState, cores: number): string[] {
  return [
    ...powerWarnings(before, after),
    ...clockWarnings(after),
    ...heatWarnings(before, after),
    ...shareWarnings(before, after, cores),
  ];
}

function powerWarnings({ powerMode, cpu }: JetsonState, after: JetsonState): string[] {
  const warnings: string[] = [];
  const { fastest } = powerMode ?? {};
  if (powerMode !== undefined && fastest !== undefined && fastest.id !== powerMode.id)
    warnings.push(
      `the power mode is ${powerMode.name ?? powerMode.id}, the fastest of this board is ${fastest.name}: sudo nvpmodel -m ${fastest.id}`,
    );
  if (powerMode?.id !== after.powerMode?.id)
    warnings.push('the power mode was changed during the run: measure again');
  if (cpu.onBattery || after.cpu.onBattery)
    warnings.push('the machine runs on its battery and saves power: plug it in');
  return warnings;
}

function clockWarnings({ powerMode, clocks }: JetsonState): string[] {
  const free = (domains: typeof clocks.cpu) =>
    domains
      .filter((domain) => !isHeld(domain))
      .map(({ name, governor }) => `${name} (${governor ?? 'no governor'})`);
  const remedy =
    powerMode === undefined ? 'sudo cpupower frequency-set -g performance' : 'sudo jetson_clocks';
  const cpu = free(clocks.cpu);
  const gpu = free(clocks.gpu);
  const names = [...cpu, ...gpu].join(', ');
  return names === '' ? [] : [`clocks go up and down with the load: ${names}: ${remedy}`];
}

function heatWarnings(before: JetsonState, after: JetsonState): string[] {
  const hot = after.temperatures.filter(
    ({ celsius, limitCelsius }) => limitCelsius !== undefined && celsius >= limitCelsius - NEAR_LIMIT_CELSIUS,
  );
  const rose = Object.entries(after.throttleEvents).flatMap(([cause, count]) => {
    const times = count - (before.throttleEvents[cause] ?? 0);
    return times > 0 ? [`${cause}: ${times} times`] : [];
  });
  const throttling = [...new Set([...before.throttling, ...after.throttling])];
  return [
    ...hot.map(
      ({ zone, celsius, limitCelsius }) =>
        `${zone} is at ${celsius.toFixed(1)} °C, its limit is ${limitCelsius?.toFixed(1)} °C: let it cool down, or cool it better`,
    ),
    ...(throttling.length > 0 ? [`clocks are held down by ${throttling.join(', ')}: let it cool down`] : []),
    ...(rose.length > 0
      ? [`clocks were held down during the run (${rose.join(', ')}): look at power supply and cooling`]
      : []),
  ];
}

function shareWarnings(before: JetsonState, after: JetsonState, cores: number): string[] {
  const warnings: string[] = [];
  // Afterwards the load is ours too.
  const { load } = before.cpu;
  if (load !== undefined && load > cores * BUSY)
    warnings.push(
      `other work runs beside it: load ${load.toFixed(1)} on ${cores} cores before the run: stop it and measure again`,
    );
  const { quota, quotaWaits } = after.cpu;
  const waits = (quotaWaits ?? 0) - (before.cpu.quotaWaits ?? 0);
  if (quota !== undefined && waits > 0)
    warnings.push(
      `the container may use ${quota.toFixed(1)} cores and had to wait ${waits} times: give it more (--cpus)`,
    );
  else if (quota !== undefined && quota < cores)
    warnings.push(`the container may use ${quota.toFixed(1)} of ${cores} cores`);
  return warnings;
}
