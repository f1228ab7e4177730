import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buildWithCMake } from '../../lib/native/cmake.js';
import { packageRoot } from '../../lib/native/package-root.js';

/**
 * What real_tensorrt_test.cpp needs to know, as environment variables: NVIDIA's library if
 * python/install-tensorrt.ts has installed it, and a backend from NVIDIA's headers, which is built for it, if
 * JETSON_VLA_TEST_TENSORRT_INCLUDE names their directory. What is missing is missing, and its tests are skipped.
 *
 * @throws VLAError ADDON_UNAVAILABLE when the backend does not build
 */
export async function realTensorRt(): Promise<Record<string, string>> {
  const library = installedLibrary();
  if (library === undefined) return {};
  const headers = process.env['JETSON_VLA_TEST_TENSORRT_INCLUDE'];
  return {
    JETSON_VLA_TEST_TENSORRT: library,
    ...(headers ? { JETSON_VLA_TEST_REAL_BACKENDS: await buildBackend(headers) } : {}),
  };
}

function installedLibrary(): string | undefined {
  const environments = path.join(packageRoot, '.jetson-vla', 'python', 'lib');
  const pythons = existsSync(environments) ? readdirSync(environments) : [];
  return pythons
    .map((python) =>
      path.join(environments, python, 'site-packages', 'tensorrt_lean_libs', 'libnvinfer_lean.so.10'),
    )
    .find((file) => existsSync(file));
}

async function buildBackend(headers: string): Promise<string> {
  const binaryDirectory = path.join(packageRoot, 'build', 'real');
  await buildWithCMake({
    sourceDirectory: packageRoot,
    binaryDirectory,
    target: 'jetson_vla_trt10',
    definitions: { JETSON_VLA_TENSORRT_HEADERS: 'real', TENSORRT_INCLUDE_DIR: headers },
    onOutput: () => {},
  });
  return path.join(binaryDirectory, 'Release');
}
