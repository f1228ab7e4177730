import { createRequire } from 'node:module';
import path from 'node:path';
import { VLAError } from '../errors.js';
import type { NativeAddon } from './addon-types.js';
import { explainLoadFailure, remedy } from './load-failure.js';
import { packageRoot, packageVersion } from './package-root.js';

interface LoadedAddon {
  readonly addon: NativeAddon;
  readonly file: string;
}

const require = createRequire(import.meta.url);
let outcome: LoadedAddon | VLAError | undefined;

/**
 * The native addon, loaded at the first call. It comes from the file that the environment variable
 * `JETSON_VLA_ADDON` names, or from `build/Release` of the package, or from its prebuilds.
 * `JETSON_VLA_NO_ADDON=1` does without.
 *
 * @throws VLAError ADDON_UNAVAILABLE with every path that was tried and why it failed.
 */
export function loadAddon(): NativeAddon {
  const loaded = load();
  if (loaded instanceof VLAError) throw loaded;
  return loaded.addon;
}

/** The native addon, or undefined where it does not load; never throws. */
export function tryLoadAddon(): NativeAddon | undefined {
  const loaded = load();
  return loaded instanceof VLAError ? undefined : loaded.addon;
}

/**
 * Where `jetson_vla_trt8.so`, `jetson_vla_trt10.so` and `jetson_vla_trt11.so` lie: beside the addon.
 *
 * @throws VLAError ADDON_UNAVAILABLE as {@link loadAddon}.
 */
export function backendDirectory(): string {
  return path.dirname(addonFile());
}

/**
 * The file that {@link loadAddon} loads, for a process of its own to load as well.
 *
 * @throws VLAError ADDON_UNAVAILABLE as {@link loadAddon}.
 */
export function addonFile(): string {
  const loaded = load();
  if (loaded instanceof VLAError) throw loaded;
  return loaded.file;
}

function load(): LoadedAddon | VLAError {
  outcome ??= isSet('JETSON_VLA_NO_ADDON') ? disabled() : loadFirst(candidates());
  return outcome;
}

function isSet(variable: string): boolean {
  const value = process.env[variable];
  return value !== undefined && value !== '' && value !== '0';
}

function disabled(): VLAError {
  return new VLAError(
    'ADDON_UNAVAILABLE',
    'The native addon is switched off by the environment variable JETSON_VLA_NO_ADDON',
    { hint: 'Unset JETSON_VLA_NO_ADDON to use it.' },
  );
}

function candidates(): string[] {
  const chosen = process.env['JETSON_VLA_ADDON'];
  if (chosen) return [path.resolve(chosen)];
  const prebuild = path.join(
    packageRoot,
    'prebuilds',
    `${process.platform}-${process.arch}`,
    'jetson-vla.node',
  );
  // node-gyp-build stops at build/Release; a build that does not load here must not hide a prebuild that does.
  return [...new Set([resolvedByNodeGypBuild(), prebuild])];
}

function resolvedByNodeGypBuild(): string {
  const nodeGypBuild: { resolve(directory: string): string } = require('node-gyp-build');
  try {
    return nodeGypBuild.resolve(packageRoot);
  } catch {
    return path.join(packageRoot, 'build', 'Release', 'jetson-vla.node');
  }
}

function loadFirst(files: readonly string[]): LoadedAddon | VLAError {
  const failures: string[] = [];
  const causes: unknown[] = [];
  for (const file of files) {
    try {
      const addon: unknown = require(file);
      if (isNativeAddon(addon)) return { addon, file };
      failures.push(`${file}: ${whyRefused(addon)}`);
    } catch (error) {
      failures.push(`${file}: ${explainLoadFailure(file, error)}`);
      causes.push(error);
    }
  }
  return new VLAError(
    'ADDON_UNAVAILABLE',
    `The native addon of jetson-vla does not load on this machine; tried:\n  ${failures.join('\n  ')}`,
    { hint: remedy(), ...(causes.length > 0 && { cause: causes[0] }) },
  );
}

/** The version stands for the whole interface: native code and TypeScript of two releases must not be mixed. */
function isNativeAddon(value: unknown): value is NativeAddon {
  return versionOf(value) === packageVersion();
}

function versionOf(addon: unknown): unknown {
  return typeof addon === 'object' && addon !== null && 'version' in addon ? addon.version : undefined;
}

function whyRefused(addon: unknown): string {
  const version = versionOf(addon);
  if (version === undefined) return 'an addon of something else: it exports no version of jetson-vla';
  return `built for jetson-vla ${version}, but this package is ${packageVersion()}`;
}
