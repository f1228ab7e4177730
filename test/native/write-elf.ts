import { writeFileSync } from 'node:fs';

export interface ElfContents {
  readonly machine?: number;
  readonly needed?: readonly string[];
  readonly requiredVersions?: readonly string[];
  /** Appended, as a string constant would stand in a real file. */
  readonly text?: string;
}

export const MACHINE_X64 = 62;
export const MACHINE_ARM64 = 183;
const SECTION_SIZE = 64;

/** Writes the parts of an ELF64 shared object that describe its dependencies; it cannot be loaded. */
export function writeElf(file: string, contents: ElfContents): void {
  const { machine = MACHINE_X64, needed = [], requiredVersions = [], text = '' } = contents;
  const strings = stringTable([...needed, ...requiredVersions]);
  const dynamic = dynamicSection(needed, strings.offsets);
  const versions = versionNeeds(requiredVersions, strings.offsets);
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  const body = [strings.bytes, dynamic, versions, Buffer.from(text)];
  const sectionTable = header.length + body.reduce((sum, part) => sum + part.length, 0);
  header.writeBigUInt64LE(BigInt(sectionTable), 40);
  header.writeUInt16LE(SECTION_SIZE, 58);
  header.writeUInt16LE(4, 60);
  const at = (index: number) => body.slice(0, index).reduce((sum, part) => sum + part.length, header.length);
  writeFileSync(
    file,
    Buffer.concat([
      header,
      ...body,
      Buffer.alloc(SECTION_SIZE),
      section(3, at(0), strings.bytes.length, 0),
      section(6, at(1), dynamic.length, 1),
      section(0x6ffffffe, at(2), versions.length, 1),
    ]),
  );
}

function stringTable(strings: readonly string[]) {
  const offsets = new Map<string, number>();
  let text = '\0';
  for (const string of strings) {
    offsets.set(string, text.length);
    text += `${string}\0`;
  }
  return { bytes: Buffer.from(text, 'latin1'), offsets };
}

function dynamicSection(needed: readonly string[], offsets: ReadonlyMap<string, number>): Buffer {
  const bytes = Buffer.alloc((needed.length + 1) * 16);
  needed.forEach((name, index) => {
    bytes.writeBigUInt64LE(1n, index * 16);
    bytes.writeBigUInt64LE(BigInt(offsets.get(name) ?? 0), index * 16 + 8);
  });
  return bytes;
}

/** One Verneed record with all versions in its chain. */
function versionNeeds(versions: readonly string[], offsets: ReadonlyMap<string, number>): Buffer {
  if (versions.length === 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc(16 * (versions.length + 1));
  bytes.writeUInt16LE(1, 0);
  bytes.writeUInt16LE(versions.length, 2);
  bytes.writeUInt32LE(16, 8);
  versions.forEach((version, index) => {
    const at = 16 * (index + 1);
    bytes.writeUInt32LE(offsets.get(version) ?? 0, at + 8);
    bytes.writeUInt32LE(index + 1 < versions.length ? 16 : 0, at + 12);
  });
  return bytes;
}

function section(type: number, offset: number, size: number, link: number): Buffer {
  const bytes = Buffer.alloc(SECTION_SIZE);
  bytes.writeUInt32LE(type, 4);
  bytes.writeBigUInt64LE(BigInt(offset), 24);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  bytes.writeUInt32LE(link, 40);
  return bytes;
}
