/**
 * Stands in for the native addon where the search for libraries is tested: a "library" is a text file that says what
 * opening it does. The addon's rules are kept: the driver comes first, and a name is looked for where the dynamic
 * loader would.
 */
const { appendFileSync, existsSync, readFileSync, realpathSync } = require('node:fs');
const { basename, join } = require('node:path');

/** @type {(name: string) => string | undefined} */
function find(name) {
  if (name.includes('/')) return existsSync(name) ? name : undefined;
  return (process.env['LD_LIBRARY_PATH'] ?? '')
    .split(':')
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
}

/** @type {(code: string, message: string) => never} */
function refuse(code, message) {
  throw Object.assign(new Error(message), { code });
}

/** @type {(library: string, missing: string) => string} */
function open(library, missing) {
  const file = find(library);
  if (file === undefined) return refuse(missing, `${library}: cannot open shared object file`);
  const [word = '', ...rest] = readFileSync(file, 'utf8').trim().split(' ');
  if (word === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (word === 'exit') process.exit(Number(rest[0]));
  if (word === 'complain') {
    process.stderr.write('loading…\nundefined symbol: cudnnCreate\n');
    process.exit(127);
  }
  if (word === 'crash-at-exit') process.on('exit', () => process.kill(process.pid, 'SIGABRT'));
  // Not in the process of the tests.
  if (word === 'chatter' && process.env['FAKE_ADDON_LOG'])
    process.stdout.write('a library that talks\n'.repeat(1000));
  if (word === 'refuse') refuse(rest[0] ?? '', rest.slice(1).join(' '));
  // A crashing process needs a moment to be gone, and a hanging one needs for ever.
  while (word === 'hang' || word === 'crash');
  return word === 'version' ? (rest[0] ?? '') : '10.3.0';
}

module.exports = {
  version: '0.0.0',
  Engine: {},
  /** @param {import('../../lib/native/addon-types.js').TensorRTLibraries} libraries */
  openTensorRT({ nvinfer, onnxParser, cuda, device }) {
    const log = process.env['FAKE_ADDON_LOG'];
    const names = [nvinfer, onnxParser ?? '-', cuda].map((library) => basename(library));
    if (log) appendFileSync(log, `${process.pid} ${names.join(' ')}\n`);
    open(cuda, 'CUDA_DRIVER_NOT_FOUND');
    if (device > 0) refuse('INVALID_ARGUMENT', `device must be 0, got ${device}`);
    const version = open(nvinfer, 'TENSORRT_NOT_FOUND');
    if (onnxParser !== undefined) open(onnxParser, 'TENSORRT_NOT_FOUND');
    return {
      path: realpathSync(find(nvinfer) ?? nvinfer),
      version,
      standin: true,
      cudaDriverVersion: 12060,
      device: {
        ordinal: device,
        name: 'Fake',
        computeCapability: '8.7',
        integrated: true,
        totalMemoryBytes: 1,
      },
    };
  },
};
