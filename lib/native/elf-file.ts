import { readFileSync } from 'node:fs';

/** What an ELF file (a shared object or addon of Linux) says about where it can be loaded. */
export interface ElfFile {
  /** As `process.arch` names it, or `machine <number>`. */
  readonly arch: string;
  /** Libraries that it is linked with (DT_NEEDED). */
  readonly needed: readonly string[];
  /** Symbol versions that it asks of them, such as `GLIBC_2.34`. */
  readonly requiredVersions: readonly string[];
}

const ARCHITECTURES = new Map([
  [3, 'ia32'],
  [40, 'arm'],
  [62, 'x64'],
  [183, 'arm64'],
  [243, 'riscv64'],
]);
const SECTION_DYNAMIC = 6;
const SECTION_VERSION_NEEDS = 0x6fffffff - 1;
const TAG_NEEDED = 1n;

/**
 * Reads the header and the dynamic section of a little-endian ELF file (specification: gABI and the GNU version
 * extension). Returns a sentence about what is wrong when it is none.
 */
export function readElf(path: string): ElfFile | string {
  const bytes = readFileSync(path);
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return 'not an ELF file';
  if (bytes[5] !== 1) return 'an ELF file of a big-endian machine';
  const machine = bytes.readUInt16LE(18);
  const arch = ARCHITECTURES.get(machine) ?? `machine ${machine}`;
  if (bytes[4] !== 2) return { arch, needed: [], requiredVersions: [] };
  try {
    return { arch, ...readDynamic(bytes) };
  } catch (error) {
    if (error instanceof RangeError) return 'a truncated ELF file';
    throw error;
  }
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section with its strings. */
  readonly link: number;
}

function readDynamic(bytes: Buffer): Pick<ElfFile, 'needed' | 'requiredVersions'> {
  const sections = readSections(bytes);
  const needed: string[] = [];
  const requiredVersions: string[] = [];
  for (const section of sections) {
    const strings = sections[section.link]?.offset ?? 0;
    if (section.type === SECTION_DYNAMIC) needed.push(...readNeeded(bytes, section, strings));
    if (section.type === SECTION_VERSION_NEEDS)
      requiredVersions.push(...readVersionNeeds(bytes, section, strings));
  }
  return { needed, requiredVersions };
}

function readSections(bytes: Buffer): Section[] {
  const table = Number(bytes.readBigUInt64LE(40));
  const entrySize = bytes.readUInt16LE(58);
  const count = bytes.readUInt16LE(60);
  requireBytes(bytes, table + count * entrySize);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
    };
  });
}

function readNeeded(bytes: Buffer, dynamic: Section, strings: number): string[] {
  const needed: string[] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (bytes.readBigUInt64LE(at) === TAG_NEEDED)
      needed.push(readString(bytes, strings + Number(bytes.readBigUInt64LE(at + 8))));
  }
  return needed;
}

function readVersionNeeds(bytes: Buffer, section: Section, strings: number): string[] {
  const versions: string[] = [];
  for (let at = section.offset, next = 1; next !== 0 && at < section.offset + section.size; at += next) {
    const count = bytes.readUInt16LE(at + 2);
    let version = at + bytes.readUInt32LE(at + 8);
    for (let index = 0; index < count; index++) {
      versions.push(readString(bytes, strings + bytes.readUInt32LE(version + 8)));
      version += bytes.readUInt32LE(version + 12);
    }
    next = bytes.readUInt32LE(at + 12);
  }
  return versions;
}

function requireBytes(bytes: Buffer, end: number): void {
  if (end > bytes.length) throw new RangeError('past the end of the file');
}

function readString(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  if (end < 0) throw new RangeError('a string without an end');
  return bytes.toString('latin1', start, end);
}
