import type { Machine } from '../engine/machine.js';
import { readText } from '../engine/machine-files.js';

/** Debian packages that are installed and configured, with their versions; none on other systems. */
export function installedPackages(machine: Machine): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  const status = readText(machine, 'var/lib/dpkg/status') ?? '';
  for (const entry of status.split(/\n\n+/)) {
    const name = /^Package: (\S+)$/m.exec(entry)?.[1];
    const version = /^Version: (\S+)$/m.exec(entry)?.[1];
    // The first word is what apt was asked to do (`install`, `hold`), the last what it has come to.
    if (name !== undefined && version !== undefined && /^Status: \S+ ok installed$/m.test(entry))
      packages.set(name, version);
  }
  return packages;
}
