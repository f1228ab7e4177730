import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installedPackages } from '../../doctor/dpkg-status.js';
import { headerVersion, tensorRTFiles } from '../../doctor/tensorrt-files.js';
import type { Machine } from '../../engine/machine.js';
import { aptInstall, asUser, type SetupStep } from './setup-step.js';
import type { SetupTarget } from './setup-target.js';

/** What JetPack brings; the whole of it has developers' tools of several gigabytes. */
export function jetPackStep({ machine, jetpack }: SetupTarget, runtimeOnly: boolean): SetupStep {
  const name = runtimeOnly ? 'nvidia-jetpack-runtime' : 'nvidia-jetpack';
  const packages = machine === undefined ? undefined : installedPackages(machine);
  const version = packages?.get(name) ?? (runtimeOnly ? packages?.get('nvidia-jetpack') : undefined);
  return {
    id: 'jetpack',
    title: `Install ${runtimeOnly ? 'the libraries of JetPack' : 'JetPack'}`,
    why: `CUDA, cuDNN and TensorRT ${jetpack.tensorrt}, in the versions that belong to ${jetpack.name}`,
    commands: [aptInstall(name)],
    done: version !== undefined,
    seen: version === undefined ? `no package ${name} is installed` : `${name} ${version}`,
  };
}

/** Comes with JetPack; a step of its own because people install parts of that. */
export function tensorRTStep({ machine, jetpack }: SetupTarget): SetupStep {
  const found =
    machine === undefined
      ? undefined
      : tensorRTFiles(machine).find(({ variant, hasParser }) => variant === 'full' && hasParser);
  return {
    id: 'tensorrt',
    title: 'Install TensorRT and its ONNX parser',
    why: 'runs engines, and builds them from ONNX files',
    commands: [aptInstall(...jetpack.packages)],
    done: found !== undefined,
    seen:
      found === undefined ? 'no libnvinfer with an ONNX parser beside it' : `${found.version}: ${found.path}`,
  };
}

export function buildToolsStep({ machine, jetpack }: SetupTarget): SetupStep {
  const missing = machine === undefined ? undefined : missingTools(machine);
  return {
    id: 'build-tools',
    title: "Install a compiler, CMake and TensorRT's headers",
    why: 'jetson-vla build-native compiles the addon with them',
    commands: [aptInstall('cmake', 'g++', 'make', ...jetpack.headers)],
    done: missing !== undefined && missing.length === 0,
    seen:
      missing === undefined || missing.length > 0
        ? `missing: ${missing?.join(', ') ?? 'not known'}`
        : 'all there',
  };
}

/** TensorRT 8's headers may not be passed on, so the prebuilt addon drives 10 and 11 only. */
export function addonStep({ machine, addonDirectory }: SetupTarget): SetupStep {
  const backend = join(addonDirectory, 'jetson_vla_trt8.so');
  const done = machine !== undefined && existsSync(backend);
  return {
    id: 'addon',
    title: 'Compile the native addon for TensorRT 8',
    why: 'the prebuilt one drives TensorRT 10 and 11 only',
    commands: [asUser('npx', 'jetson-vla', 'build-native')],
    done,
    seen: done ? backend : `no ${backend}`,
  };
}

function missingTools(machine: Machine): string[] {
  const lacks = (...names: readonly string[]) =>
    !names.some((name) =>
      ['usr/bin', 'usr/local/bin'].some((folder) => existsSync(join(machine.root, folder, name))),
    );
  return [
    ...(lacks('cmake') ? ['cmake'] : []),
    ...(lacks('g++', 'c++', 'clang++') ? ['g++'] : []),
    ...(lacks('make', 'ninja') ? ['make'] : []),
    ...(headerVersion(machine) === undefined ? ['NvInfer.h'] : []),
  ];
}
