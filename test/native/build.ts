import path from 'node:path';
import { buildWithCMake } from '../../lib/native/cmake.js';
import { packageRoot } from '../../lib/native/package-root.js';

/**
 * Builds what the tests load: the addon, a backend per TensorRT major and the stand-in libraries. Always from the
 * stand-in headers, so that the tests mean the same on a machine that has TensorRT installed.
 */
export async function buildForTests(onOutput: (text: string) => void): Promise<void> {
  await buildWithCMake({
    sourceDirectory: packageRoot,
    binaryDirectory: path.join(packageRoot, 'build'),
    definitions: {
      JETSON_VLA_TENSORRT_HEADERS: 'standin',
      JETSON_VLA_STANDINS: 'ON',
      JETSON_VLA_TESTS: 'OFF',
      JETSON_VLA_SANITIZE: '',
    },
    onOutput,
  });
}
