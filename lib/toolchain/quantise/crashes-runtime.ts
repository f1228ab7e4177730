import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { sessionOptions } from '../../engine/onnxruntime-options.js';
import { atExit } from '../../native/at-exit.js';

const OPEN = `require(process.argv[1]).InferenceSession
  .create(process.argv[2], JSON.parse(process.argv[3]))
  .then(() => process.exit(0), () => process.exit(0));`;

/**
 * Whether ONNX Runtime does not survive loading a model, tried in a process of its own: it has crashed on graphs that
 * are valid, and would take this process with it. An error is no crash; who loads the model will meet it.
 */
export async function crashesRuntime(model: string, signal?: AbortSignal): Promise<boolean> {
  let runtime: string;
  try {
    runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  } catch {
    return false;
  }
  const child = spawn(process.execPath, ['-e', OPEN, runtime, model, JSON.stringify(sessionOptions(1))], {
    stdio: 'ignore',
  });
  const kill = () => void child.kill('SIGKILL');
  const forget = atExit(kill);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (_, killedBy) => resolve(killedBy !== null && signal?.aborted !== true));
    });
  } finally {
    signal?.removeEventListener('abort', kill);
    forget();
  }
}
