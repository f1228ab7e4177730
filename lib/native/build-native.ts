import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { access, constants, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { VLAError } from '../errors.js';
import { buildWithCMake } from './cmake.js';
import { packageRoot } from './package-root.js';

export interface BuildNativeOptions {
  /** Directories that hold NvInfer.h, one per TensorRT major; none: where JetPack installs it. */
  readonly tensorrtIncludes: readonly string[];
  /** Receives the output of cmake and the compiler as it comes. */
  readonly onOutput: (text: string) => void;
}

export interface BuiltAddon {
  readonly addon: string;
  readonly backends: readonly string[];
}

/**
 * Compiles the addon from the packaged sources against real TensorRT headers and puts it where the loader looks
 * first. Nothing that was there is touched before the new one has been loaded.
 *
 * @throws VLAError INVALID_ARGUMENT for a directory without headers; STANDIN_BUILD when they are the stand-ins of
 *   the tests; ADDON_UNAVAILABLE when the build fails or its result does not load.
 */
export async function buildNative(options: BuildNativeOptions): Promise<BuiltAddon> {
  if (process.platform !== 'linux') {
    throw new VLAError(
      'ADDON_UNAVAILABLE',
      `The native addon is for Linux; this is ${process.platform}-${process.arch}`,
      { hint: 'Policies in ONNX format run here without it.' },
    );
  }
  const includes = options.tensorrtIncludes.map((directory) => path.resolve(directory));
  includes.forEach(checkHeaders);
  await access(packageRoot, constants.W_OK).catch((cause: unknown) => {
    throw new VLAError('ADDON_UNAVAILABLE', `Cannot write to the package's own directory ${packageRoot}`, {
      hint: 'Run build-native as the user who installed the package.',
      cause,
    });
  });
  const binaryDirectory = path.join(packageRoot, 'build', 'device');
  await buildWithCMake({
    sourceDirectory: packageRoot,
    binaryDirectory,
    definitions: {
      JETSON_VLA_TENSORRT_HEADERS: 'real',
      TENSORRT_INCLUDE_DIR: includes.join(';'),
      JETSON_VLA_STANDINS: 'OFF',
      JETSON_VLA_TESTS: 'OFF',
    },
    onOutput: options.onOutput,
  });
  const built = path.join(binaryDirectory, 'Release');
  const backends = (await readdir(built)).filter((name) => name.endsWith('.so'));
  await checkThatItLoads(path.join(built, 'jetson-vla.node'));
  const release = await install(built);
  return {
    addon: path.join(release, 'jetson-vla.node'),
    backends: backends.map((name) => path.join(release, name)),
  };
}

function checkHeaders(directory: string): void {
  const version = path.join(directory, 'NvInferVersion.h');
  if (!existsSync(path.join(directory, 'NvInfer.h')) || !existsSync(version)) {
    throw new VLAError(
      'INVALID_ARGUMENT',
      `--tensorrt-include: expected a directory with NvInfer.h and NvInferVersion.h; ${directory} is none`,
      { hint: 'On JetPack: sudo apt-get install libnvinfer-headers-dev libnvonnxparsers-dev' },
    );
  }
  if (readFileSync(version, 'utf8').includes('JETSON_VLA_STANDIN_HEADERS')) {
    throw new VLAError('STANDIN_BUILD', `${directory} holds the stand-in TensorRT headers of the tests`, {
      hint: "Pass the directory of NVIDIA's own headers with --tensorrt-include.",
    });
  }
}

/** In a process of its own: an addon cannot be unloaded, and a broken one may crash. */
async function checkThatItLoads(addon: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['-e', 'require(process.argv[1])', addon]);
  } catch (cause) {
    throw new VLAError('ADDON_UNAVAILABLE', `The addon was compiled, but does not load: ${addon}`, {
      hint: "The cause holds the dynamic loader's own words.",
      cause,
    });
  }
}

async function install(built: string): Promise<string> {
  const release = path.join(packageRoot, 'build', 'Release');
  const previous = `${release}.previous`;
  await rm(previous, { recursive: true, force: true });
  if (existsSync(release)) await rename(release, previous);
  await rename(built, release);
  await rm(previous, { recursive: true, force: true });
  return release;
}
