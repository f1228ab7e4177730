/**
 * Installs the real LeRobot into .jetson-vla/lerobot, for the test that compares an exported policy with it. Apart from
 * the environment in .jetson-vla/python, because LeRobot asks for an older PyTorch than the one that exports.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { developmentEnvironment, PYTHON_FOLDER, ROOT, runStep, StepError } from './environment.js';

const REQUIREMENTS = path.join(PYTHON_FOLDER, 'requirements-lerobot.txt');
const FOLDER = path.join(ROOT, '.jetson-vla', 'lerobot');
/** A copy of the requirements that the folder was made from. */
const STAMP = 'requirements.txt';

async function isInstalled(): Promise<boolean> {
  const stamp = path.join(FOLDER, STAMP);
  return existsSync(stamp) && (await readFile(stamp, 'utf8')) === (await readFile(REQUIREMENTS, 'utf8'));
}

async function install(): Promise<void> {
  const python = process.env['JETSON_VLA_PYTHON'] ?? (await developmentEnvironment());
  const staged = `${FOLDER}.${process.pid}`;
  try {
    await mkdir(staged, { recursive: true });
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', staged];
    await runStep(python, ['-m', 'pip', 'install', ...options, '-r', REQUIREMENTS]);
    await copyFile(REQUIREMENTS, path.join(staged, STAMP));
    await rm(FOLDER, { recursive: true, force: true });
    await rename(staged, FOLDER);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

try {
  if (!(await isInstalled())) await install();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
