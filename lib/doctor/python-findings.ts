import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { entries } from '../engine/library-directories.js';
import { VLAError } from '../errors.js';
import { isAtLeast, OLDEST_PYTHON } from '../toolchain/python/interpreter.js';
import { PYTHON_NAMES } from '../toolchain/python/project-environment.js';
import { nearestProject } from '../toolchain/python/python-environment.js';
import { absent, broken, type Examination } from './examination.js';
import { type Finding, ok } from './finding.js';
import type { LiveMachine } from './live-machine.js';

const TOPIC = 'Python';
const INSTALL = 'sudo apt-get install python3 python3-venv';

/** What `export` and `quantise` need: an interpreter, the venv module, and what they have installed so far. */
export async function pythonFindings(examination: Examination): Promise<Finding[]> {
  const { machine, live } = examination;
  if (live === undefined) return [fileFinding(examination)];
  const own = machine.env['JETSON_VLA_PYTHON'];
  if (own) return [await ownFinding(examination, live, own)];
  const base = await baseFinding(examination, live);
  const environment = join(nearestProject(live.directory), '.jetson-vla', 'python', 'bin', 'python');
  // Its creation ends with a stamp; one that was interrupted is made anew.
  const isWhole = entries(join(environment, '..', '..')).some((name) => name.startsWith('.installed-'));
  const made =
    existsSync(environment) && isWhole
      ? ok(TOPIC, `the tools' own environment: ${environment}`)
      : ok(TOPIC, 'the tools have no environment yet; export and quantise make one when they need it');
  return [base, made];
}

async function ownFinding(examination: Examination, live: LiveMachine, own: string): Promise<Finding> {
  const found = await live.python(own).catch(unavailable);
  if (found instanceof VLAError)
    return broken(examination, 'python', TOPIC, `JETSON_VLA_PYTHON: ${found.message}`, found.hint);
  const named = `${found.version}: ${found.executable}, named by JETSON_VLA_PYTHON`;
  return isAtLeast(found.version, OLDEST_PYTHON)
    ? ok(TOPIC, named)
    : broken(examination, 'python', TOPIC, `${named}; the tools need ${OLDEST_PYTHON} or newer`);
}

/** Of the names that an environment would be made from, the first that is new enough. */
async function baseFinding(examination: Examination, live: LiveMachine): Promise<Finding> {
  const tooOld: string[] = [];
  for (const name of PYTHON_NAMES) {
    const found = await live.python(name).catch(unavailable);
    if (found instanceof VLAError) continue;
    const named = `${found.version}: ${found.executable}`;
    if (!isAtLeast(found.version, OLDEST_PYTHON)) tooOld.push(`${name} is ${found.version}`);
    else if (await live.hasVenv(found.executable)) return ok(TOPIC, named);
    else return absent(examination, 'python', TOPIC, `${named}, without its venv module`, INSTALL);
  }
  const seen = tooOld.length === 0 ? 'not installed' : tooOld.join(', ');
  return absent(
    examination,
    'python',
    TOPIC,
    `${seen}; export and quantise need ${OLDEST_PYTHON} or newer, here or on the machine that exports`,
    INSTALL,
  );
}

function unavailable(error: unknown): VLAError {
  if (error instanceof VLAError) return error;
  throw error;
}

/** `usr/bin/python3` is a link to a name with its version. */
function fileFinding(examination: Examination): Finding {
  try {
    const file = realpathSync(join(examination.machine.root, 'usr/bin/python3'));
    return ok(TOPIC, basename(file).replace(/^python/, ''));
  } catch {
    return absent(examination, 'python', TOPIC, 'not installed; only export and quantise need it', INSTALL);
  }
}
