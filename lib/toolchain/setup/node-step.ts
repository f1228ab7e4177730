import { isNodeNewEnough, OLDEST_NODE } from '../../doctor/node-version.js';
import { aptInstall, asRoot, type SetupStep } from './setup-step.js';
import type { SetupTarget } from './setup-target.js';

const SCRIPT = 'https://deb.nodesource.com/setup_22.x';

/** Ubuntu's own Node is too old on every JetPack. */
export function nodeStep({ node }: SetupTarget): SetupStep {
  const done = node !== undefined && isNodeNewEnough(node);
  return {
    id: 'node',
    title: 'Install Node.js 22',
    why: `jetson-vla needs Node ${OLDEST_NODE} or newer; the packages are those of NodeSource`,
    commands: [
      aptInstall('ca-certificates', 'curl'),
      asRoot('bash', '-o', 'pipefail', '-c', `curl -fsSL ${SCRIPT} | bash -`),
      aptInstall('nodejs'),
    ],
    done,
    seen: node === undefined ? 'not known' : `Node ${node}`,
  };
}
