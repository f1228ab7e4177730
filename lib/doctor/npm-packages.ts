import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../native/package-root.js';
import type { Examination } from './examination.js';
import { type Finding, ok } from './finding.js';

const packageJson = z.object({ version: z.string() });

/** What optional packages are for; without them everything else works. */
const OPTIONAL: Readonly<Record<string, string>> = {
  sharp: 'decodes JPEG and PNG, of files and of compressed camera topics',
  '@mujoco/mujoco': 'simulates the robot, and checks for collisions',
  rclnodejs: 'runs the ROS 2 node',
};

/** The version of an npm package that this package or the user's project would load; undefined without one. */
export function installedVersion(name: string, directory: string): string | undefined {
  for (const start of [directory, packageRoot])
    for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
      const version = versionIn(path.join(folder, 'node_modules', name, 'package.json'));
      if (version !== undefined) return version;
      if (folder === path.dirname(folder)) break;
    }
  // Where an administrator installs packages for everybody.
  const folders = (process.env['NODE_PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const version = versionIn(path.join(folder, name, 'package.json'));
    if (version !== undefined) return version;
  }
  return undefined;
}

export function npmPackageFindings({ live }: Examination): Finding[] {
  if (live === undefined) return [];
  return Object.entries(OPTIONAL).map(([name, purpose]) => {
    const version = installedVersion(name, live.directory);
    return version === undefined
      ? ok(name, `not installed; it ${purpose}`, `npm install ${name}`)
      : ok(name, version);
  });
}

function versionIn(file: string): string | undefined {
  try {
    return packageJson.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
  } catch {
    return undefined;
  }
}
