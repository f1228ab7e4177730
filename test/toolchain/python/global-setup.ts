import { StepDisplay } from '../../../lib/cli/step-display.js';
import { pythonEnvironment } from '../../../lib/toolchain/python/python-environment.js';

/** Makes the Python environment once, before the first test file; each finds its interpreter in JETSON_VLA_PYTHON. */
export async function setup(): Promise<void> {
  const display = new StepDisplay(process.stderr);
  process.env['JETSON_VLA_PYTHON'] = await pythonEnvironment({
    onProgress: (progress) => display.show(progress),
  });
  display.clear();
}
