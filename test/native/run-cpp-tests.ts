// npm run test:native [-- plain address thread arm64] [--reports DIR]
// The GoogleTest programs: as they ship, under AddressSanitizer with UBSan and LeakSanitizer, the concurrent ones under
// ThreadSanitizer, and those of the image kernels on an emulated arm64 processor.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { VLAError } from '../../lib/errors.js';
import { buildForTests, type TestBuild } from './build.js';
import { realTensorRt } from './real-tensorrt.js';

const BUILDS: Readonly<Record<string, TestBuild>> = {
  plain: { directory: '', sanitizer: '', cppTests: true },
  address: { directory: 'asan', sanitizer: 'address', cppTests: true },
  thread: { directory: 'tsan', sanitizer: 'thread', cppTests: true },
  arm64: { directory: 'arm64', sanitizer: '', cppTests: true, arm64: true },
};
const ARM64_TOOLS = ['aarch64-linux-gnu-g++', 'qemu-aarch64-static'];
const ARM64_EMULATOR = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];

const SANITIZER_OPTIONS = {
  // LeakSanitizer guesses at the layout of thread-local storage in libraries that were opened at run time, and with
  // several of them it may crash of that; none of ours keeps a pointer there that nothing else knows.
  ASAN_OPTIONS:
    'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:intercept_tls_get_addr=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=0:second_deadlock_stack=1',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { reports: { type: 'string' } },
});
const environment: Record<string, string | undefined> = { ...process.env, ...SANITIZER_OPTIONS };
const failures: string[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(BUILDS).filter(canRun)) {
  const build = BUILDS[name];
  if (!build) throw new Error(`unknown build "${name}"; expected ${Object.keys(BUILDS).join(', ')}`);
  process.stdout.write(`\n-- C++ tests, ${name}\n`);
  failures.push(...(await buildAndRun(name, build)));
}
if (failures.length > 0) {
  process.stderr.write(`\nfailed:\n  ${failures.join('\n  ')}\n`);
  process.exitCode = 1;
}

/** Said only of what nobody asked for by its name. */
function canRun(name: string): boolean {
  const missing = BUILDS[name]?.arm64
    ? ARM64_TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
    : [];
  if (missing.length > 0)
    process.stdout.write(`\n-- C++ tests, ${name}: not run, without ${missing.join(', ')}\n`);
  return missing.length === 0;
}

async function buildAndRun(name: string, build: TestBuild): Promise<string[]> {
  let directory: string;
  try {
    directory = await buildForTests(() => {}, build);
    if (name === 'plain') Object.assign(environment, await realTensorRt());
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    process.stderr.write(`${error}\n`);
    return [`${name}: does not build`];
  }
  const programs = readdirSync(path.join(directory, 'tests')).filter((file) => file.endsWith('_test'));
  if (programs.length === 0) return [`${name}: no test programs`];
  const failed: string[] = [];
  const waiting = programs.values();
  const worker = async () => {
    for (const program of waiting) {
      const command = [...(build.arm64 ? ARM64_EMULATOR : []), path.join(directory, 'tests', program)];
      if (!(await passes(name, directory, program, command))) failed.push(`${name}: ${program}`);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  return failed;
}

async function passes(
  name: string,
  directory: string,
  program: string,
  command: readonly string[],
): Promise<boolean> {
  const report = path.join(values.reports ?? path.join(directory, 'reports'), `gtest-${name}-${program}.xml`);
  mkdirSync(path.dirname(report), { recursive: true });
  for (const file of [report, endingOf(report)]) rmSync(file, { force: true });
  const ending = await run(program, command, report);
  if (ending === undefined) return true;
  const text = `${program} (${name}) ended with ${ending}`;
  process.stderr.write(`${text}\n`);
  recordEnding(report, text);
  return false;
}

/** How the program failed; undefined if it passed. What it printed comes in one piece. */
function run(program: string, command: readonly string[], report: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = command;
    const child = spawn(file, [...args, '--gtest_brief=1', `--gtest_output=xml:${report}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      process.stdout.write(`${program}\n${output}`);
      resolve(status === 0 ? undefined : (signal ?? `status ${status}`));
    });
  });
}

function endingOf(report: string): string {
  return report.replace(/\.xml$/, '-ending.xml');
}

/** A crash leaves no report, and a sanitizer's verdict comes after the last test: neither may count as no failure. */
function recordEnding(report: string, ending: string): void {
  if (existsSync(report) && / failures="[1-9]/.test(readFileSync(report, 'utf8'))) return;
  writeFileSync(
    endingOf(report),
    `<testsuites tests="1" failures="1" disabled="0" errors="0" name="${ending}"/>\n`,
  );
}
