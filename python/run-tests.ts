/** `npm run test:python`: ruff and pytest over python/, in the project's own environment. */
import { developmentEnvironment, PYTHON_FOLDER, runStep, StepError } from './environment.js';

try {
  const python = await developmentEnvironment('requirements-dev.txt');
  const step = (...args: string[]) => runStep(python, args, { cwd: PYTHON_FOLDER });
  await step('-m', 'ruff', 'check', '.');
  await step('-m', 'ruff', 'format', '--check', '.');
  await step('-m', 'pytest', '-q', ...process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
