import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { thisMachine } from '../engine/machine.js';
import { type FoundTensorRT, findTensorRT } from '../engine/tensorrt-libraries.js';
import { VLAError } from '../errors.js';
import { addonFile, backendDirectory, loadAddon } from '../native/load-addon.js';
import { askInterpreter, type Interpreter } from '../toolchain/python/interpreter.js';
import { type OnnxRuntimeOutcome, tryOnnxRuntime } from './onnxruntime-probe.js';

/** What only a running process can tell, and only of the machine that it runs on. */
export interface LiveMachine {
  readonly platform: NodeJS.Platform;
  /** Of Node, such as `20.20.0`. */
  readonly node: string;
  /** Such as `2.35`; undefined where the C library is another one. */
  readonly glibc: string | undefined;
  /** Where the user works: `node_modules` and the project's Python are looked for from here upwards. */
  readonly directory: string;
  /** The native addon's file, once it is loaded. */
  addon(): string | VLAError;
  /** Opens TensorRT and the driver: each library in a process of its own first. */
  tensorrt(): Promise<FoundTensorRT | VLAError>;
  onnxRuntime(): Promise<OnnxRuntimeOutcome>;
  /** @throws VLAError PYTHON_UNAVAILABLE */
  python(name: string): Promise<Interpreter>;
  /** Whether an interpreter has what makes an environment with pip: Debian has that in a package of its own. */
  hasVenv(executable: string): Promise<boolean>;
}

/** Libraries on a slow disk take seconds; one that hangs must not hold up the rest for long. */
const LIBRARY_TIMEOUT_MS = 10_000;
const PROGRAM_TIMEOUT_MS = 5_000;

export function liveMachine(): LiveMachine {
  return {
    platform: process.platform,
    node: process.versions.node,
    glibc: glibcVersion(),
    directory: process.cwd(),
    addon: () => orError(addonFile),
    tensorrt: async () => {
      const environment = orError(() => ({
        machine: thisMachine(),
        addon: loadAddon(),
        addonFile: addonFile(),
        backendDirectory: backendDirectory(),
        timeoutMs: LIBRARY_TIMEOUT_MS,
      }));
      if (environment instanceof VLAError) return environment;
      return await findTensorRT({}, environment).catch(vlaError);
    },
    onnxRuntime: () => tryOnnxRuntime(PROGRAM_TIMEOUT_MS),
    python: async (name) => {
      const signal = AbortSignal.timeout(PROGRAM_TIMEOUT_MS);
      try {
        return await askInterpreter(name, [], { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new VLAError(
          'PYTHON_UNAVAILABLE',
          `${name} did not answer within ${PROGRAM_TIMEOUT_MS / 1000} s`,
          { cause: error },
        );
      }
    },
    hasVenv: (executable) =>
      promisify(execFile)(executable, ['-I', '-c', 'import venv, ensurepip'], {
        timeout: PROGRAM_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      }).then(
        () => true,
        () => false,
      ),
  };
}

function orError<T>(attempt: () => T): T | VLAError {
  try {
    return attempt();
  } catch (error) {
    return vlaError(error);
  }
}

function vlaError(error: unknown): VLAError {
  if (error instanceof VLAError) return error;
  throw error;
}

function glibcVersion(): string | undefined {
  // Or else it asks a name server for the name of each connection.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.platform === 'linux' ? process.report.getReport() : undefined;
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined;
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : undefined;
}
