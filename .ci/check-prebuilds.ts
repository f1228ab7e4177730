// node --import tsx .ci/check-prebuilds.ts [--require linux-x64 --require linux-arm64]
// Runs before every `npm pack`: fails when prebuilds/ holds anything that must not be published.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../lib/native/package-root.js';
import { prebuildProblems } from './prebuild-problems.js';

const { values } = parseArgs({
  options: {
    directory: { type: 'string', default: path.join(packageRoot, 'prebuilds') },
    require: { type: 'string', multiple: true, default: [] },
  },
});
const problems = prebuildProblems(values.directory, { required: values.require, allowStandin: false });
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
