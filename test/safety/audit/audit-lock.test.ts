import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '../../../lib/native/package-root.js';
import { lockLog } from '../../../lib/safety/audit/audit-lock.js';
import { errorOf } from '../../policy/error-of.js';
import { newLogFile, openLog } from './logs.js';

describe('the lock of an audit log', () => {
  it('refuses a second writer in the same process, and names it', async () => {
    const file = await newLogFile();
    const log = openLog(file);
    expect(errorOf(() => openLog(file))).toMatchObject({
      code: 'AUDIT_FAILED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    log.dispose();
    openLog(file);
  });

  it('refuses a second writer in another process, and takes over when that was killed', async () => {
    const file = await newLogFile();
    const module = path.join(packageRoot, 'lib/safety/audit/audit-log.ts');
    const script = `
      import(${JSON.stringify(module)}).then(({ AuditLog }) => {
        globalThis.log = AuditLog.open(${JSON.stringify(file)}, { header: 1 });
        console.log('open');
        setInterval(() => {}, 1000);
      });
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--eval', script], {
      cwd: packageRoot,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    expect(errorOf(() => openLog(file))).toMatchObject({
      code: 'AUDIT_FAILED',
      message: expect.stringContaining(`process ${child.pid}`),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    openLog(file).dispose();
    expect(await readdir(path.dirname(file))).toEqual(['arm.jsonl']);
  });

  it.each(['', 'nonsense', '-1 1', '4194399 5'])('takes over a lock that says %j', async (text) => {
    const file = await newLogFile();
    await writeFile(`${file}.lock`, text);
    openLog(file).dispose();
    expect(await readdir(path.dirname(file))).toEqual(['arm.jsonl']);
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'takes over the lock of an earlier process that had the same id, as after the restart of a container',
    async () => {
      const file = await newLogFile();
      await writeFile(`${file}.lock`, `${process.pid} 1`);
      openLog(file);
    },
  );

  it('is not given back twice, when it is somebody else who holds it by then', async () => {
    const file = await newLogFile();
    const unlock = lockLog(file);
    await writeFile(`${file}.lock`, '1 7');
    unlock();
    expect(await readFile(`${file}.lock`, 'utf8')).toBe('1 7');
  });
});
