import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the search for TensorRT and the doctor look at. */
export interface Machine {
  /** The directory that every well-known absolute path starts from; `/` on this machine. */
  readonly root: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** As `process.arch` names it, which it is by default. */
  readonly arch?: string;
}

export function thisMachine(): Machine {
  return { root: '/', env: process.env };
}

/** Folders of libraries and headers that Debian names after the processor. */
const MULTIARCH: Readonly<Record<string, string>> = {
  arm64: 'aarch64-linux-gnu',
  x64: 'x86_64-linux-gnu',
};

/** Such as `aarch64-linux-gnu`. */
export function multiarch({ arch = process.arch }: Machine): string {
  return MULTIARCH[arch] ?? `${arch}-linux-gnu`;
}

/**
 * Another system whose files are at hand: a mounted SD card, an image, the root of a container. Its processor is the
 * one that it has libraries for; its environment is not known.
 */
export function machineAt(root: string): Machine {
  const arch = Object.keys(MULTIARCH).find((name) =>
    existsSync(join(root, 'usr/lib', MULTIARCH[name] ?? name)),
  );
  return { root, env: { HOME: '/root' }, ...(arch !== undefined && { arch }) };
}
