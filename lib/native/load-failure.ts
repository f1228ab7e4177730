import { existsSync } from 'node:fs';
import { readElf } from './elf-file.js';

/** The first of these lines names what is missing; the dynamic loader repeats the path before it. */
export function explainLoadFailure(path: string, error: unknown): string {
  if (!existsSync(path)) return 'no such file';
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const elf = readElfSafely(path);
  if (typeof elf === 'string') return elf;
  // The dynamic loader calls a file of another architecture "No such file or directory".
  if (elf.arch !== process.arch) return `built for ${elf.arch}, but this Node runs on ${process.arch}`;
  const missing = /version `(GLIBC|GLIBCXX)_([\d.]+)' not found/.exec(said);
  if (missing) {
    const library = missing[1] === 'GLIBC' ? 'glibc' : 'libstdc++';
    return `needs ${library} with ${missing[1]}_${missing[2]}, and this system has an older one`;
  }
  return said;
}

function readElfSafely(path: string): ReturnType<typeof readElf> {
  try {
    return readElf(path);
  } catch (error) {
    return `not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What to do about an addon that does not load on this machine. */
export function remedy(): string {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64' && platform !== 'linux-arm64') {
    return `The addon exists for linux-x64 and linux-arm64; this is ${platform}. Policies in ONNX format run without it.`;
  }
  return (
    'Prebuilt addons need glibc 2.35 (JetPack 6, Ubuntu 22.04) or newer. Elsewhere, compile it on this machine: ' +
    'npx jetson-vla build-native (needs cmake, g++ and the TensorRT headers of JetPack).'
  );
}
