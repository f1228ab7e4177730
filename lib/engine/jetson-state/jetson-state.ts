import type { Machine } from '../machine.js';
import { type Clocks, readClocks } from './clocks.js';
import { type CpuShare, readCpuShare } from './cpu-share.js';
import { type PowerMode, readPowerMode } from './power-mode.js';
import { readTemperatures, readThrottleEvents, readThrottling, type Temperature } from './thermal.js';

/** What decides how fast a machine computes at this moment, as far as it tells without root. */
export interface JetsonState {
  readonly powerMode: PowerMode | undefined;
  readonly clocks: Clocks;
  readonly temperatures: readonly Temperature[];
  /** What holds clocks down now. */
  readonly throttling: readonly string[];
  /** How often clocks were held down since the machine was started, by cause. */
  readonly throttleEvents: Readonly<Record<string, number>>;
  readonly cpu: CpuShare;
}

/**
 * Reads power mode, clocks, temperatures and throttling from `/sys`, `/proc`, `/etc` and `/var`. Whatever a machine does
 * not have is left out, so other computers with Linux get all but the power mode, and elsewhere it is empty.
 *
 * The places are those that NVIDIA and users document for JetPack 5, 6 and 7; on a Jetson they are untested.
 */
export function readJetsonState(machine: Machine): JetsonState {
  return {
    powerMode: readPowerMode(machine),
    clocks: readClocks(machine),
    temperatures: readTemperatures(machine),
    throttling: readThrottling(machine),
    throttleEvents: readThrottleEvents(machine),
    cpu: readCpuShare(machine),
  };
}
