import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditDisk, REAL_DISK } from '../../../lib/safety/audit/audit-file.js';
import { verifyAudit } from '../../../lib/safety/audit/verify-audit.js';
import { temporaryDirectory } from '../../engine/fixtures.js';
import { errorOf } from '../../policy/error-of.js';
import { decision, kindsOf, newLogFile, openLog } from './logs.js';

class DiskFull extends Error {
  readonly code = 'ENOSPC';
}

/** Takes `room` bytes in pieces of at most `piece`, then is full. */
function smallDisk(room: number, piece: number, truncates = true): AuditDisk {
  let left = room;
  return {
    ...REAL_DISK,
    write(fd, bytes, offset) {
      const size = Math.min(left, piece, bytes.length - offset);
      if (size === 0) throw new DiskFull('ENOSPC: no space left on device, write');
      left -= size;
      return writeSync(fd, bytes, offset, size);
    },
    truncate(fd, size) {
      if (!truncates) throw new DiskFull('EIO: i/o error, ftruncate');
      REAL_DISK.truncate(fd, size);
    },
  };
}

describe('a disk that fails', () => {
  it('after any number of bytes makes the log fail, stay failed, and end in whole lines', async () => {
    const directory = await temporaryDirectory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), fc.integer({ min: 1, max: 400 }), async (room, piece) => {
        const file = path.join(directory, `${run++}.jsonl`);
        const disk = smallDisk(room, piece);
        let written = 0;
        const error = errorOf(() => {
          const log = openLog(file, { disk });
          try {
            for (;;) {
              log.append(decision(written));
              written++;
            }
          } finally {
            // A line that is short enough for what room is left must not follow one that is missing.
            expect(errorOf(() => log.append({ kind: 'a', data: 1 })).code).toBe('AUDIT_FAILED');
            log.dispose();
          }
        });
        expect(error).toMatchObject({ code: 'AUDIT_FAILED', message: expect.stringContaining('ENOSPC') });
        expect(error.hint).toMatch(/space/);
        expect(existsSync(`${file}.lock`)).toBe(false);
        const text = await readFile(file, 'utf8');
        if (text === '') return;
        expect(text.endsWith('\n')).toBe(true);
        expect((await verifyAudit(file)).records).toBe(1 + written);
      }),
    );
  });

  it('is survived by pieces of any size', async () => {
    const file = await newLogFile();
    const log = openLog(file, { disk: smallDisk(Number.MAX_SAFE_INTEGER, 7) });
    for (let index = 0; index < 5; index++) log.append(decision(index));
    log.dispose();
    expect(await verifyAudit(file)).toMatchObject({ records: 7 });
  });

  it('and cannot take the torn line back leaves it to the next opening', async () => {
    const file = await newLogFile();
    const log = openLog(file, { disk: smallDisk(700, 100, false) });
    const fill = () => {
      for (;;) log.append(decision(1));
    };
    expect(errorOf(fill).code).toBe('AUDIT_FAILED');
    log.dispose();
    await expect(verifyAudit(file)).rejects.toMatchObject({ code: 'AUDIT_INVALID' });
    openLog(file).dispose();
    expect((await kindsOf(file)).slice(-3)).toEqual(['header', 'repair', 'end']);
    await verifyAudit(file);
  });

  it('fails the log when it takes nothing and reports nothing', async () => {
    const file = await newLogFile();
    let isStuck = false;
    const disk: AuditDisk = { ...REAL_DISK, write: (...all) => (isStuck ? 0 : REAL_DISK.write(...all)) };
    const log = openLog(file, { disk });
    isStuck = true;
    expect(errorOf(() => log.append(decision(1)))).toMatchObject({ code: 'AUDIT_FAILED' });
  });

  it.runIf(existsSync('/dev/full'))('is recognised by the error of the system itself', async () => {
    const file = await newLogFile();
    const full = openSync('/dev/full', 'w');
    let isFull = false;
    const disk: AuditDisk = {
      ...REAL_DISK,
      write: (fd, bytes, offset) => REAL_DISK.write(isFull ? full : fd, bytes, offset),
    };
    try {
      const log = openLog(file, { disk });
      isFull = true;
      expect(errorOf(() => log.append(decision(1)))).toMatchObject({
        code: 'AUDIT_FAILED',
        message: expect.stringContaining('ENOSPC'),
      });
      isFull = false;
      expect(errorOf(() => log.append(decision(1))).code).toBe('AUDIT_FAILED');
    } finally {
      closeSync(full);
    }
    expect(await kindsOf(file)).toEqual(['header']);
  });

  it('fails the opening and leaves no lock', async () => {
    const file = await newLogFile();
    expect(errorOf(() => openLog(file, { disk: smallDisk(10, 10) })).code).toBe('AUDIT_FAILED');
    expect(await readdir(path.dirname(file))).toEqual(['arm.jsonl']);
    openLog(file).dispose();
    await verifyAudit(file);
  });
});

describe('waiting for the disk', () => {
  const counted = () => {
    const disk = {
      ...REAL_DISK,
      syncs: 0,
      sync() {
        disk.syncs++;
      },
    };
    return disk;
  };

  it('is done for the records that ask for it', async () => {
    const disk = counted();
    const log = openLog(await newLogFile(), { disk });
    log.append(decision(1));
    expect(disk.syncs).toBe(0);
    log.append(decision(1, 'stop'), { sync: true });
    expect(disk.syncs).toBe(1);
  });

  it('is never done with the policy none', async () => {
    const disk = counted();
    const log = openLog(await newLogFile(), { disk, fsync: 'none' });
    log.append(decision(1, 'stop'), { sync: true });
    log.dispose();
    expect(disk.syncs).toBe(0);
  });

  it('fails the log when the disk does', async () => {
    const disk: AuditDisk = {
      ...REAL_DISK,
      sync() {
        throw new DiskFull('EIO: i/o error, fdatasync');
      },
    };
    const log = openLog(await newLogFile(), { disk });
    expect(errorOf(() => log.append(decision(1), { sync: true })).message).toMatch(/EIO/);
    expect(errorOf(() => log.append(decision(1))).code).toBe('AUDIT_FAILED');
    log.dispose();
  });
});
