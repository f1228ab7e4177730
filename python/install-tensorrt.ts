/** Installs NVIDIA's real libnvinfer_lean into .venv, for the tests that load it. */
import { pythonEnvironment, StepError } from './environment.js';

try {
  await pythonEnvironment('requirements-tensorrt.txt');
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
