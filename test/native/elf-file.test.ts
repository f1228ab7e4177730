import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readElf } from '../../lib/native/elf-file.js';
import { MACHINE_ARM64, writeElf } from './write-elf.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'elf-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('readElf', () => {
  it('reads the architecture, the libraries and the symbol versions', () => {
    const file = path.join(directory, 'crafted.so');
    writeElf(file, {
      machine: MACHINE_ARM64,
      needed: ['libc.so.6', 'libm.so.6'],
      requiredVersions: ['GLIBC_2.17', 'GLIBC_2.34'],
    });
    expect(readElf(file)).toEqual({
      arch: 'arm64',
      needed: ['libc.so.6', 'libm.so.6'],
      requiredVersions: ['GLIBC_2.17', 'GLIBC_2.34'],
    });
  });

  it('agrees with objdump on a shared object of the real compiler', () => {
    const source = path.join(directory, 'real.cpp');
    const file = path.join(directory, 'real.so');
    writeFileSync(source, '#include <string>\nstd::string twice(const std::string& s) { return s + s; }\n');
    execFileSync('g++', ['-shared', '-fPIC', '-o', file, source]);
    const dump = execFileSync('objdump', ['-p', file], { encoding: 'utf8' });
    const elf = readElf(file);
    if (typeof elf === 'string') throw new Error(elf);
    expect(elf.arch).toBe(process.arch);
    expect(elf.needed).toEqual([...dump.matchAll(/NEEDED +(\S+)/g)].map((match) => match[1]));
    const references = dump.slice(dump.indexOf('Version References:'));
    expect(elf.requiredVersions.toSorted()).toEqual(
      [...references.matchAll(/0x\w+ 0x\w+ \d+ (\S+)/g)].map((match) => match[1]).toSorted(),
    );
  });

  it('says of other files what they are', () => {
    const file = path.join(directory, 'text.so');
    writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\n'.repeat(3));
    expect(readElf(file)).toBe('not an ELF file');
    writeElf(file, {});
    const bytes = readFileSync(file);
    bytes[5] = 2;
    writeFileSync(file, bytes);
    expect(readElf(file)).toBe('an ELF file of a big-endian machine');
  });

  it('survives every truncation', () => {
    const file = path.join(directory, 'short.so');
    writeElf(file, { needed: ['libc.so.6'], requiredVersions: ['GLIBC_2.17'] });
    for (let length = readFileSync(file).length - 1; length >= 0; length--) {
      truncateSync(file, length);
      expect(['not an ELF file', 'a truncated ELF file']).toContain(readElf(file));
    }
  });

  it('survives any change of a byte', () => {
    const file = path.join(directory, 'mutated.so');
    writeElf(file, { needed: ['libc.so.6'], requiredVersions: ['GLIBC_2.17', 'GLIBC_2.34'] });
    const original = readFileSync(file);
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(original);
        bytes[at] = value;
        writeFileSync(file, bytes);
        expect(readElf(file)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
