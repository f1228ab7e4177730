import path from 'node:path';
import { buildWithCMake } from '../../lib/native/cmake.js';
import { packageRoot } from '../../lib/native/package-root.js';

export interface TestBuild {
  /** Below build/; '' is where the loader looks first. */
  readonly directory: string;
  readonly sanitizer: '' | 'address' | 'thread';
  /** The GoogleTest programs and what they load, or the addon and what the vitest files load. */
  readonly cppTests: boolean;
  /** Whether to cross-compile, and then only the tests of what depends on the processor. */
  readonly arm64?: boolean;
}

/** What `npm test` loads. */
const FOR_VITEST: TestBuild = { directory: '', sanitizer: '', cppTests: false };

/**
 * Builds what tests load: the addon or the GoogleTest programs, a backend per TensorRT major and the stand-in
 * libraries. Always from the
 * stand-in headers, so that the tests mean the same on a machine that has TensorRT installed.
 *
 * @returns the build's directory, with the addon and its backends in Release/ and the stand-ins in standins/
 */
export async function buildForTests(
  onOutput: (text: string) => void,
  build: TestBuild = FOR_VITEST,
): Promise<string> {
  const binaryDirectory = path.join(packageRoot, 'build', build.directory);
  await buildWithCMake({
    sourceDirectory: packageRoot,
    binaryDirectory,
    ...(build.cppTests ? { target: 'cpp_tests' } : {}),
    definitions: {
      ...(build.arm64
        ? {
            CMAKE_TOOLCHAIN_FILE: path.join(packageRoot, 'native', 'toolchains', 'aarch64-linux-gnu.cmake'),
            JETSON_VLA_ADDON: 'OFF',
          }
        : { JETSON_VLA_STANDINS: 'ON' }),
      JETSON_VLA_TENSORRT_HEADERS: 'standin',
      JETSON_VLA_GPU_CHECK: build.cppTests ? 'OFF' : 'ON',
      JETSON_VLA_TESTS: build.cppTests ? 'ON' : 'OFF',
      JETSON_VLA_SANITIZE: build.sanitizer,
      // Sanitizers make compiling slow, and nobody edits and rebuilds in their trees all day.
      CMAKE_UNITY_BUILD: build.sanitizer ? 'ON' : 'OFF',
      // CI sets it: what compiles with a warning does not land, but a newer compiler stops no developer.
      JETSON_VLA_WERROR: process.env['JETSON_VLA_WERROR'] === '1' ? 'ON' : 'OFF',
    },
    onOutput,
  });
  return binaryDirectory;
}
