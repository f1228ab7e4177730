import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * An executable in place of Python that runs a script of Node with `say(event)`, `lines` (an async iterator over
 * standard input) and `sleep(ms)`.
 *
 * @returns its file
 */
export async function fakePython(script: string): Promise<string> {
  const file = path.join(await temporaryDirectory(), 'python');
  const prelude = `
    import { closeSync, existsSync, fstatSync, writeFileSync, writeSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    import { createInterface } from 'node:readline';
    import { setTimeout as sleep } from 'node:timers/promises';
    const write = (fd, text) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) {
        try { at += writeSync(fd, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
      }
    };
    const say = (event) => write(3, JSON.stringify(event) + '\\n');
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value);
    const [, , , command] = process.argv.slice(1);
    const request = await next();
  `;
  await writeFile(`${file}.mjs`, `${prelude}\n${script}\nprocess.exit();`);
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${file}.mjs" "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

/** An executable shell script. @returns its file */
export async function shellScript(name: string, script: string): Promise<string> {
  const file = path.join(await temporaryDirectory(), name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/** A process that has ended and waits to be reaped, which takes some systems seconds, does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
