import {
  boardName,
  isContainer,
  isDriven,
  isJetson,
  jetsonGpu,
  readJetPack,
  readL4T,
} from '../engine/jetpack.js';
import { readPowerMode } from '../engine/jetson-state/power-mode.js';
import { readThrottling } from '../engine/jetson-state/thermal.js';
import type { Machine } from '../engine/machine.js';
import { installedPackages } from './dpkg-status.js';
import type { Examination } from './examination.js';
import { type Finding, ok, warn } from './finding.js';
import { tensorRTFiles } from './tensorrt-files.js';

/** Board, JetPack and power mode of a Jetson; nothing elsewhere. */
export function jetsonFindings({ machine }: Examination): Finding[] {
  if (!isJetson(machine)) return [];
  return [boardFinding(machine), ...jetPackFindings(machine), ...powerFindings(machine)];
}

function boardFinding(machine: Machine): Finding {
  const board = boardName(machine) ?? 'a Jetson whose device tree does not say which';
  const gpu = jetsonGpu(machine);
  return ok('board', gpu === undefined ? board : `${board} (${gpu.name})`);
}

function jetPackFindings(machine: Machine): Finding[] {
  const l4t = readL4T(machine);
  const jetpack = readJetPack(machine);
  if (l4t === undefined || jetpack === undefined)
    return isContainer(machine)
      ? [ok('JetPack', 'the container does not have /etc/nv_tegra_release, which would say which one')]
      : [warn('JetPack', '/etc/nv_tegra_release is missing or says nothing', 'Was Jetson Linux flashed?')];
  const known = `${jetpack.name} (Jetson Linux ${l4t}), which comes with TensorRT ${jetpack.tensorrt}`;
  if (!isDriven(jetpack))
    return [warn('JetPack', `${known}; jetson-vla drives 8.5 and newer`, 'Flash a newer JetPack.')];
  return [ok('JetPack', known), ...(isContainer(machine) ? [] : [packageFinding(machine)])];
}

function packageFinding(machine: Machine): Finding {
  const packages = installedPackages(machine);
  const found = ['nvidia-jetpack', 'nvidia-jetpack-runtime', 'nvidia-jetpack-dev']
    .map((name) => ({ name, version: packages.get(name) }))
    .find(({ version }) => version !== undefined);
  if (found !== undefined) return ok('JetPack', `package ${found.name} ${found.version}`);
  return tensorRTFiles(machine).length > 0
    ? ok('JetPack', 'the package nvidia-jetpack is not installed; TensorRT is')
    : warn(
        'JetPack',
        'only Jetson Linux is installed, without the packages of JetPack',
        'npx jetson-vla setup-jetson, or: sudo apt-get install nvidia-jetpack',
      );
}

function powerFindings(machine: Machine): Finding[] {
  const mode = readPowerMode(machine);
  const findings: Finding[] = [];
  if (mode !== undefined) {
    const { id, fastest } = mode;
    const name = `${mode.name ?? 'mode'} (${id})`;
    findings.push(
      fastest === undefined
        ? ok('power mode', name)
        : fastest.id === id
          ? ok('power mode', `${name}, the fastest of this board`)
          : warn(
              'power mode',
              `${name}; ${fastest.name} (${fastest.id}) is faster`,
              `sudo nvpmodel -m ${fastest.id}`,
            ),
    );
  } else if (!isContainer(machine))
    findings.push(warn('power mode', 'not known: there is neither nvpmodel.conf nor its status file'));
  const throttling = readThrottling(machine);
  if (throttling.length > 0)
    findings.push(
      warn('clocks', `held down now by ${throttling.join(', ')}`, 'Cool the board, or check its supply.'),
    );
  return findings;
}
