import { VLAError } from '../../lib/errors.js';
import { buildForTests } from './build.js';

try {
  await buildForTests((text) => process.stdout.write(text));
} catch (error) {
  process.stderr.write(`${error instanceof VLAError ? error : `${error}`}\n`);
  process.exitCode = 1;
}
