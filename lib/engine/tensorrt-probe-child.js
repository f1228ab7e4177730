/**
 * The process that opens candidate libraries first: one that crashes or hangs takes this process down, not the app.
 *
 * Plain JavaScript for the same reason as onnxruntime-worker.js: Node itself starts it, from lib/ and from dist/.
 * Libraries print what they like on stdout, so the answers go to a pipe of their own, one line of JSON each.
 *
 * @import { NativeAddon, TensorRTLibraries } from '../native/addon-types.js'
 * @import { ProbeAnswer, ProbeRefusal, ProbeRequest } from './tensorrt-probe.js'
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const ANSWERS_FD = 3;

/** @type {(answer: ProbeAnswer) => void} */
const answer = (value) => {
  writeSync(ANSWERS_FD, `${JSON.stringify(value)}\n`);
};

/** @type {(error: unknown) => ProbeRefusal} */
const refusal = (error) => {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { kind: 'refused', code, message };
};

/** @type {ProbeRequest} */
const { addon: file, attempts } = JSON.parse(process.argv[2] ?? '');

/** @returns {NativeAddon | undefined} */
function load() {
  try {
    return createRequire(import.meta.url)(file);
  } catch (error) {
    answer({ ...refusal(error), code: 'ADDON_UNAVAILABLE' });
    return undefined;
  }
}

/** @type {(addon: NativeAddon, attempt: TensorRTLibraries) => ProbeAnswer} */
function open(addon, attempt) {
  try {
    const { path, version } = addon.openTensorRT(attempt);
    return { kind: 'opened', path, version };
  } catch (error) {
    return refusal(error);
  }
}

const addon = load();
for (const attempt of attempts) {
  if (!addon) break;
  const outcome = open(addon, attempt);
  answer(outcome);
  // A library that is not there leaves nothing behind; after anything else the next one deserves a fresh process.
  if (outcome.kind === 'opened' || outcome.code !== 'TENSORRT_NOT_FOUND') break;
}
process.exit(0);
