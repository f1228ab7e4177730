import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readElf } from '../lib/native/elf-file.js';

export interface PrebuildRules {
  /** Directories that must be there, such as `linux-arm64`. */
  readonly required: readonly string[];
  /** For CI only, which has no TensorRT headers. */
  readonly allowStandin: boolean;
}

const PLATFORMS = new Map([
  ['linux-x64', 'x64'],
  ['linux-arm64', 'arm64'],
]);
/** What Ubuntu 22.04 has, on which JetPack 6 is built: the newest symbol version that a prebuild may ask for. */
const FLOOR = new Map([
  ['GLIBC', '2.35'],
  ['GLIBCXX', '3.4.30'],
  ['CXXABI', '1.3.13'],
]);
/** All that a prebuild may be linked with: TensorRT and CUDA are opened at run time, and sanitizers never ship. */
const SYSTEM_LIBRARIES =
  /^(libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+|ld-linux-x86-64|ld-linux-aarch64)\.so\.\d+$/;
const BACKEND = /^jetson_vla_trt(8|10|11)\.so$/;
const ADDON = 'jetson-vla.node';
/** As native/tensorrt/backend/ compiles it into a backend from the stand-in headers of the tests. */
const STANDIN_MARK = 'jetson-vla:standin-headers';

/** Why the prebuilds in this directory must not be published; empty when nothing is wrong. */
export function prebuildProblems(directory: string, rules: PrebuildRules): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const missing = rules.required
    .filter((name) => !names.includes(name))
    .map((name) => `${path.join(directory, name)}: missing`);
  return [...missing, ...names.flatMap((name) => platformProblems(path.join(directory, name), rules))];
}

function platformProblems(directory: string, rules: PrebuildRules): string[] {
  const arch = PLATFORMS.get(path.basename(directory));
  if (arch === undefined) return [`${directory}: not one of ${[...PLATFORMS.keys()].join(', ')}`];
  const files = readdirSync(directory);
  const addons = files.filter((name) => name.endsWith('.node'));
  const problems: string[] = [];
  if (addons.length !== 1 || addons[0] !== ADDON)
    problems.push(`${directory}: expected exactly one addon, ${ADDON}; found ${addons.join(', ') || 'none'}`);
  if (!files.some((name) => BACKEND.test(name))) problems.push(`${directory}: has no TensorRT backend`);
  for (const name of files) {
    const file = path.join(directory, name);
    if (name.endsWith('.node') || BACKEND.test(name)) problems.push(...binaryProblems(file, arch, rules));
    else problems.push(`${file}: does not belong into a prebuild; only the addon and its backends do`);
  }
  return problems;
}

function binaryProblems(file: string, arch: string, rules: PrebuildRules): string[] {
  const elf = readElf(file);
  if (typeof elf === 'string') return [`${file}: ${elf}`];
  const problems: string[] = [];
  if (elf.arch !== arch) problems.push(`${file}: expected a binary for ${arch}, got one for ${elf.arch}`);
  for (const library of elf.needed) {
    if (!SYSTEM_LIBRARIES.test(library)) problems.push(`${file}: is linked with ${library}`);
  }
  for (const version of elf.requiredVersions) {
    const [family = '', number = ''] = version.split('_');
    const floor = FLOOR.get(family);
    if (floor !== undefined && isNewer(number, floor))
      problems.push(`${file}: needs ${version}, newer than the ${floor} of Ubuntu 22.04; build it there`);
  }
  if (!rules.allowStandin && readFileSync(file).includes(STANDIN_MARK))
    problems.push(
      `${file}: STANDIN_BUILD: compiled against the stand-in TensorRT headers of the tests; ` +
        'build it with -D JETSON_VLA_FETCH_TENSORRT_HEADERS=ON or -D TENSORRT_INCLUDE_DIR=<directory>',
    );
  return problems;
}

function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
