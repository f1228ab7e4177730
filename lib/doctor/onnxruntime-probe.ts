import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../native/child-environment.js';

/** `problem` says why ONNX Runtime does not work here; undefined: it has run a model and computed the right values. */
export interface OnnxRuntimeOutcome {
  readonly problem: string | undefined;
}

const CHILD = fileURLToPath(new URL('./onnxruntime-probe-child.js', import.meta.url));
const EXPECTED = '[1,2,3,4,5,6,7,8]';

/**
 * Runs a model of one addition, in a process of its own.
 *
 * @param timeoutMs after which the process is ended, milliseconds
 */
export function tryOnnxRuntime(timeoutMs: number, child: string = CHILD): Promise<OnnxRuntimeOutcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [child],
      { env: childEnvironment(), timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error !== null && error.killed === true)
          resolve({ problem: `it did not answer within ${timeoutMs / 1000} s` });
        else if (error?.signal)
          resolve({ problem: `it crashed the process that tried it (${error.signal})` });
        else if (error !== null) resolve({ problem: reason(stderr) ?? `it ended with status ${error.code}` });
        else if (stdout.trim() !== EXPECTED) resolve({ problem: `it adds wrongly: ${stdout.trim()}` });
        else resolve({ problem: undefined });
      },
    );
  });
}

/** The line that names the error, out of Node's report about it. */
function reason(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /^(\w*Error|Error)\b.*: /.test(line)) ?? lines.findLast((line) => line !== '');
}
