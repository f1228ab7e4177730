import { readPowerMode } from '../../engine/jetson-state/power-mode.js';
import { readText } from '../../engine/machine-files.js';
import { asRoot, type SetupStep } from './setup-step.js';
import type { SetupTarget } from './setup-target.js';

/** Which power mode to set: the fastest of the board, one by its id, or the one that it has. */
export type WantedPowerMode = 'fastest' | 'keep' | number;

/** What `--for` cannot know: each board has numbers of its own. */
const LIST_MODES = asRoot('nvpmodel', '-p', '--verbose');

export function powerModeStep({ machine }: SetupTarget, wanted: number | 'fastest'): SetupStep {
  const current = machine === undefined ? undefined : readPowerMode(machine);
  const fastest = current?.fastest;
  const id = wanted === 'fastest' ? fastest?.id : wanted;
  const name = id !== undefined && id === fastest?.id ? ` ${fastest.name}` : '';
  const done = id !== undefined && current?.id === id;
  return {
    id: 'power-mode',
    title: id === undefined ? 'Choose the fastest power mode' : `Set power mode ${id}${name}`,
    why: 'slower modes hold the clocks down; the fastest needs a supply and cooling that are up to it',
    commands: id === undefined ? [LIST_MODES] : [asRoot('nvpmodel', '-m', String(id))],
    done,
    seen:
      current === undefined
        ? 'the power mode is not known'
        : `power mode ${current.id}${current.name === undefined ? '' : ` ${current.name}`}`,
    ...(id === undefined
      ? { afterwards: 'sudo nvpmodel -m ID, with the id of MAXN or MAXN_SUPER, or else of the most watts' }
      : { afterwards: 'Some modes take effect after a restart; nvpmodel then asks for it.' }),
  };
}

/** Holds until the next restart, so nothing says that it was done. */
export function clocksStep(): SetupStep {
  return {
    id: 'clocks',
    title: 'Hold the clocks at their maximum',
    why: 'the same latency each time, for more power; it is lost at a restart',
    commands: [asRoot('jetson_clocks')],
    done: false,
    seen: 'it lasts until the next restart',
  };
}

/** The GPU's device files belong to these groups, the second since JetPack 6. */
export function groupsStep({ machine, user }: SetupTarget): SetupStep | undefined {
  if (machine === undefined || user === undefined || user === 'root') return undefined;
  const lines = (readText(machine, 'etc/group') ?? '').split('\n').map((line) => line.split(':'));
  const groups = lines.filter(([name]) => name === 'video' || name === 'render');
  const missing = groups
    .filter(([, , , members]) => !(members ?? '').split(',').includes(user))
    .flatMap(([name]) => name ?? []);
  if (groups.length === 0) return undefined;
  return {
    id: 'groups',
    title: 'Let the user at the GPU',
    why: 'its device files can be opened by the groups video and render only',
    commands: [asRoot('usermod', '-aG', missing.join(',') || 'video', user)],
    done: missing.length === 0,
    seen: missing.length === 0 ? `${user} is in them` : `${user} is not in ${missing.join(', ')}`,
    afterwards: 'Log out and in again.',
  };
}
