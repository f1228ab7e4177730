/** Installs NVIDIA's real libnvinfer_lean into the environment in .jetson-vla, for the tests that load it. */
import { developmentEnvironment, StepError } from './environment.js';

try {
  await developmentEnvironment('requirements-tensorrt.txt');
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
