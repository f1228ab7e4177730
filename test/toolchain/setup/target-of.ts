import { join } from 'node:path';
import type { Machine } from '../../../lib/engine/machine.js';
import { jetPackOf, type SetupTarget, ubuntuOf } from '../../../lib/toolchain/setup/setup-target.js';

/** What the command would set up on this machine, for the user `robot`. */
export function targetOf(machine: Machine, changes: Partial<SetupTarget> = {}): SetupTarget {
  const jetpack = jetPackOf(machine);
  return {
    machine,
    jetpack,
    ubuntu: ubuntuOf(machine, jetpack),
    node: '22.14.0',
    addonDirectory: join(machine.root, 'addon'),
    user: 'robot',
    ...changes,
  };
}
