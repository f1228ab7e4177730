// npm run test:sanitized [-- vitest arguments]
// The tests that reach native code, with an addon, backends and stand-ins that AddressSanitizer and UBSan watch.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { VLAError } from '../../lib/errors.js';
import { packageRoot } from '../../lib/native/package-root.js';
import { buildForTests } from './build.js';

/** Beginnings of the names of the files that load the addon or run its code. */
const NATIVE_TESTS = [
  'test/native/load-addon',
  'test/native/gpu-check',
  'test/engine/tensorrt',
  'test/engine/engine-load-tensorrt',
  'test/policy/native',
  'test/toolchain/build',
  'test/toolchain/engine-passport',
  'test/cli/build.test.ts',
];

try {
  const directory = await buildForTests((text) => process.stdout.write(text), {
    directory: 'asan',
    sanitizer: 'address',
    cppTests: false,
  });
  process.exitCode = run(path.join(directory, 'Release', 'jetson-vla.node'));
} catch (error) {
  process.stderr.write(`${error instanceof VLAError ? error : `${error}`}\n`);
  process.exitCode = 1;
}

function run(addon: string): number {
  const asan = execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  const vitest = path.join(packageRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...NATIVE_TESTS, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: {
      ...process.env,
      JETSON_VLA_ADDON: addon,
      // Node itself is not instrumented: the sanitizer has to be there before the addon is.
      LD_PRELOAD: asan,
      // Node frees little of its own at exit; the counters of the stand-ins find the addon's leaks instead.
      ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=1',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    },
  });
  return status ?? 1;
}
