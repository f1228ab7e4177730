// npm run test:native [-- plain address thread] [--reports DIR]
// The GoogleTest programs: as they ship, under AddressSanitizer with UBSan and LeakSanitizer, and under ThreadSanitizer.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { VLAError } from '../../lib/errors.js';
import { buildForTests, type TestBuild } from './build.js';

const BUILDS: Readonly<Record<string, TestBuild>> = {
  plain: { directory: '', sanitizer: '', cppTests: true },
  address: { directory: 'asan', sanitizer: 'address', cppTests: true },
  thread: { directory: 'tsan', sanitizer: 'thread', cppTests: true },
};

const SANITIZER_OPTIONS = {
  ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=0:second_deadlock_stack=1',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { reports: { type: 'string' } },
});
const failures: string[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(BUILDS)) {
  const build = BUILDS[name];
  if (!build) throw new Error(`unknown build "${name}"; expected ${Object.keys(BUILDS).join(', ')}`);
  process.stdout.write(`\n-- C++ tests, ${name}\n`);
  failures.push(...(await buildAndRun(name, build)));
}
if (failures.length > 0) {
  process.stderr.write(`\nfailed:\n  ${failures.join('\n  ')}\n`);
  process.exitCode = 1;
}

async function buildAndRun(name: string, build: TestBuild): Promise<string[]> {
  let directory: string;
  try {
    directory = await buildForTests(() => {}, build);
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    process.stderr.write(`${error}\n`);
    return [`${name}: does not build`];
  }
  const programs = readdirSync(path.join(directory, 'tests')).filter((file) => file.endsWith('_test'));
  if (programs.length === 0) return [`${name}: no test programs`];
  return programs.filter((program) => !passes(name, directory, program)).map((p) => `${name}: ${p}`);
}

function passes(name: string, directory: string, program: string): boolean {
  const report = path.join(values.reports ?? path.join(directory, 'reports'), `gtest-${name}-${program}.xml`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const { status, signal } = spawnSync(
    path.join(directory, 'tests', program),
    ['--gtest_brief=1', `--gtest_output=xml:${report}`],
    { stdio: 'inherit', env: { ...process.env, ...SANITIZER_OPTIONS } },
  );
  if (status === 0) return true;
  const ending = `${program} (${name}) ended with ${signal ?? `status ${status}`}`;
  process.stderr.write(`${ending}\n`);
  recordEnding(report, ending);
  return false;
}

/** A crash leaves no report, and a sanitizer's verdict comes after the last test: neither may count as no failure. */
function recordEnding(report: string, ending: string): void {
  if (existsSync(report) && / failures="[1-9]/.test(readFileSync(report, 'utf8'))) return;
  writeFileSync(
    report.replace(/\.xml$/, '-ending.xml'),
    `<testsuites tests="1" failures="1" disabled="0" errors="0" name="${ending}"/>\n`,
  );
}
