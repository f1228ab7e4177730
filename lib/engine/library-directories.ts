import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Machine, multiarch } from './machine.js';

/** Where TensorRT is installed without the dynamic loader being told: JetPack and apt, archives, pip wheels. */
export function tensorRTDirectories(machine: Machine): string[] {
  const { root, env } = machine;
  const system = [
    `usr/lib/${multiarch(machine)}`,
    'usr/local/cuda/lib64',
    'usr/local/lib',
    'usr/local/tensorrt/lib',
    'opt/tensorrt/lib',
  ].map((directory) => join(root, directory));
  const environment = env['VIRTUAL_ENV'] ?? env['CONDA_PREFIX'];
  const python = [
    ...(environment ? pythonPackages(join(environment, 'lib'), 'site-packages') : []),
    ...pythonPackages(join(root, env['HOME'] ?? homedir(), '.local/lib'), 'site-packages'),
    ...pythonPackages(join(root, 'usr/local/lib'), 'dist-packages'),
  ];
  const wheels = python.flatMap((directory) =>
    ['tensorrt_libs', 'tensorrt_lean_libs', 'tensorrt_dispatch_libs'].map((wheel) => join(directory, wheel)),
  );
  return [...system, ...wheels.filter((directory) => entries(directory).length > 0)];
}

/**
 * Where a driver lies that the dynamic loader was not told of. Never the toolkit's `stubs`: the library there has
 * every symbol and no driver behind it.
 */
export function cudaDirectories(machine: Machine): string[] {
  const libraries = `usr/lib/${multiarch(machine)}`;
  return [
    libraries,
    `${libraries}/nvidia`,
    `${libraries}/tegra`,
    'usr/lib64',
    'usr/lib/wsl/lib',
    'usr/local/nvidia/lib64',
  ].map((directory) => join(machine.root, directory));
}

/** Names of the files in a directory; none for one that cannot be read. */
export function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function pythonPackages(lib: string, packages: string): string[] {
  return entries(lib)
    .filter((name) => name.startsWith('python3'))
    .map((name) => join(lib, name, packages));
}
