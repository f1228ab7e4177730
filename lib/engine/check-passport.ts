import { access, constants, stat } from 'node:fs/promises';
import { VLAError } from '../errors.js';
import type { TensorRTInfo } from '../native/addon-types.js';
import { judgeFit } from './engine-fit.js';
import { type EnginePassport, passportFile, readPassport } from './engine-passport.js';
import { fileSha256 } from './file-sha256.js';

/**
 * Whether an engine was built for this TensorRT and this GPU, as far as its passport can tell. A version-compatible
 * engine runs with every release of its major version; of a hardware-compatible one TensorRT itself has to decide.
 *
 * @throws VLAError ENGINE_VERSION_MISMATCH or ENGINE_DEVICE_MISMATCH, with the command that builds it anew
 */
export function checkPassport(
  passport: EnginePassport,
  info: Pick<TensorRTInfo, 'version' | 'device'>,
): void {
  const { tensorrt, gpu, sm, options, file } = passport;
  const { versionCompatible, hardwareCompatible } = options;
  const { name, computeCapability } = info.device;
  const needs = {
    tensorrt: versionCompatible ? `${Number.parseInt(tensorrt, 10)}` : tensorrt,
    ...(!hardwareCompatible && { sm }),
  };
  const { otherVersion, otherDevice } = judgeFit(needs, info.version, computeCapability);
  if (otherVersion) {
    const compatible = versionCompatible ? ', compatible with that major version' : '';
    throw new VLAError(
      'ENGINE_VERSION_MISMATCH',
      `${file} was built with TensorRT ${tensorrt}${compatible}; installed is ${info.version}`,
      { hint: rebuild(passport) },
    );
  }
  if (otherDevice)
    throw new VLAError(
      'ENGINE_DEVICE_MISMATCH',
      `${file} was built for ${gpu}, compute capability ${sm}; this is ${name}, ${computeCapability}`,
      { hint: rebuild(passport) },
    );
}

/**
 * Whether a file is the engine that the passport belongs to. Hashing takes a second or more per gigabyte, so it
 * is done only for a file that was touched since: copied, replaced or restored. Not a protection against intent.
 *
 * @throws VLAError ENGINE_CORRUPT
 */
export async function checkEngineFile(passport: EnginePassport, file: string): Promise<void> {
  const { size, mtimeMs } = await stat(file);
  if (size === passport.bytes && Math.trunc(mtimeMs) === passport.modifiedMs) return;
  if (size !== passport.bytes) throw corrupt(`${passport.bytes} bytes, got ${size}`, passport, file);
  const sha256 = await fileSha256(file);
  if (sha256 !== passport.sha256) throw corrupt(`sha256 ${passport.sha256}, got ${sha256}`, passport, file);
}

function corrupt(difference: string, passport: EnginePassport, file: string): VLAError {
  return new VLAError(
    'ENGINE_CORRUPT',
    `${file} is not the engine that its passport describes: expected ${difference}`,
    { hint: `${rebuild(passport)}. If you replaced it on purpose, delete ${passportFile(file)}.` },
  );
}

/**
 * Holds an engine file against the passport beside it, if there is one, before TensorRT sees the file.
 *
 * @throws VLAError as {@link checkPassport} and {@link checkEngineFile}; a passport that cannot be read is a warning
 */
export async function checkAgainstPassport(
  file: string,
  info: Pick<TensorRTInfo, 'version' | 'device'>,
  warn: (text: string) => void,
): Promise<void> {
  let passport: EnginePassport | undefined;
  try {
    passport = await readPassport(passportFile(file));
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
  }
  if (passport === undefined || !(await isReadable(file))) return;
  await checkEngineFile(passport, file);
  checkPassport(passport, info);
}

/** An engine that is not there, or must not be read, is for the loader to report. */
async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function rebuild({ onnx, file }: EnginePassport): string {
  return `Build it again on this machine: npx jetson-vla build ${onnx.file} --output ${file}`;
}
