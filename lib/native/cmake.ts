import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VLAError } from '../errors.js';
import { withBuildLock } from './build-lock.js';

export interface CMakeBuild {
  /** Where CMakeLists.txt lies. */
  readonly sourceDirectory: string;
  readonly binaryDirectory: string;
  /** What to build; everything if it is not said. */
  readonly target?: string;
  /** Passed as -D<name>=<value>. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Receives the output of cmake and the compiler as it comes. */
  readonly onOutput: (text: string) => void;
}

/**
 * Configures and builds; a second call with nothing changed takes about a second.
 *
 * @throws VLAError ADDON_UNAVAILABLE when CMake or a compiler is missing, or with the last lines of a failed build.
 */
export async function buildWithCMake(build: CMakeBuild): Promise<void> {
  requireProgram(['cmake'], 'CMake', 'cmake');
  requireProgram([process.env['CXX'] ?? 'c++', 'g++', 'clang++'], 'A C++17 compiler', 'g++');
  requireProgram(['make', 'ninja'], 'make', 'make');
  const definitions = Object.entries(build.definitions).map(([name, value]) => `-D${name}=${value}`);
  await withBuildLock(build.binaryDirectory, async () => {
    await cmake(
      [
        '-S',
        build.sourceDirectory,
        '-B',
        build.binaryDirectory,
        ...generator(build.binaryDirectory),
        `-DJETSON_VLA_NODE=${process.execPath}`,
        ...definitions,
      ],
      build.onOutput,
    );
    await cmake(
      [
        '--build',
        build.binaryDirectory,
        ...(build.target ? ['--target', build.target] : []),
        '--parallel',
        String(os.availableParallelism()),
      ],
      build.onOutput,
    );
  });
}

/** Ninja finds out in a tenth of make's time that nothing has to be done. A configured tree keeps its generator. */
function generator(binaryDirectory: string): readonly string[] {
  const configured = existsSync(path.join(binaryDirectory, 'CMakeCache.txt'));
  return !configured && isOnPath('ninja') ? ['-G', 'Ninja'] : [];
}

function requireProgram(names: readonly string[], title: string, debianPackage: string): void {
  if (names.some(isOnPath)) return;
  throw new VLAError(
    'ADDON_UNAVAILABLE',
    `${title} is needed to build the native addon; found none of: ${names.join(', ')}`,
    {
      hint: `sudo apt-get install ${debianPackage}`,
    },
  );
}

function isOnPath(program: string): boolean {
  const directories = path.isAbsolute(program) ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
  return directories.some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function cmake(args: readonly string[], onOutput: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('cmake', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const receive = (text: string) => {
      output += text;
      onOutput(text);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', receive);
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(failed(args, signal ?? `status ${status}`, output));
    });
  });
}

function failed(args: readonly string[], status: string, output: string): VLAError {
  const lines = output.trimEnd().split('\n');
  // The compiler's complaint stands first and make's "Error 2" lines last: show from the first error on.
  const first = lines.findIndex((line) => /\berror:|CMake Error/.test(line));
  const shown = first < 0 ? lines.slice(-20) : lines.slice(first, first + 20);
  return new VLAError(
    'ADDON_UNAVAILABLE',
    `cmake ${args.join(' ')} ended with ${status}:\n${shown.join('\n')}`,
    {
      hint: 'The first error above says what is missing or wrong.',
    },
  );
}
