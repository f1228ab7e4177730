import path from 'node:path';
import { VLAError } from '../../errors.js';
import { askInterpreter, isAtLeast, OLDEST_PYTHON } from './interpreter.js';

/** The dependencies of python/pyproject.toml, with the oldest version that the tools work with. */
export const REQUIRED_PACKAGES: Readonly<Record<string, string>> = {
  numpy: '1.26',
  onnx: '1.17',
  onnxruntime: '1.20',
  onnxscript: '0.3',
  safetensors: '0.4.3',
  sympy: '1.13',
  torch: '2.6',
};

/** Other builds of a package, which are as good. */
const BUILDS: Readonly<Record<string, readonly string[]>> = {
  onnxruntime: ['onnxruntime-gpu', 'onnxruntime-openvino', 'onnxruntime-migraphx'],
};

/**
 * Checks that the user's own interpreter has all that the tools need. Nothing is installed into it.
 *
 * @param python a file, or a name on the PATH
 * @returns its path
 * @throws VLAError PYTHON_UNAVAILABLE naming every package that is missing or too old; ABORTED
 */
export async function ownInterpreter(python: string, signal?: AbortSignal): Promise<string> {
  const names = Object.keys(REQUIRED_PACKAGES).flatMap((name) => [name, ...(BUILDS[name] ?? [])]);
  const file = path.basename(python) === python ? python : path.resolve(python);
  const { executable, version, packages } = await askInterpreter(file, names, { signal });
  if (!isAtLeast(version, OLDEST_PYTHON))
    throw new VLAError(
      'PYTHON_UNAVAILABLE',
      `${python} is Python ${version}; the tools need Python ≥ ${OLDEST_PYTHON}`,
      { hint: 'Name a newer one with --python FILE or JETSON_VLA_PYTHON.' },
    );
  const problems = Object.entries(REQUIRED_PACKAGES).flatMap(([name, oldest]) => {
    const found = [name, ...(BUILDS[name] ?? [])].flatMap((build) => packages[build] ?? []);
    if (found.some((has) => isAtLeast(has, oldest))) return [];
    const needed = `${name}>=${oldest}`;
    return [{ needed, text: `${needed}: ${found[0] ? `${found[0]} is installed` : 'not installed'}` }];
  });
  if (problems.length === 0) return executable;
  throw new VLAError(
    'PYTHON_UNAVAILABLE',
    `${python} (Python ${version}) lacks what the tools need:\n${problems.map(({ text }) => `  ${text}`).join('\n')}`,
    {
      hint:
        `${quoted(executable)} -m pip install ${problems.map(({ needed }) => `"${needed}"`).join(' ')}\n` +
        '    Without --python and JETSON_VLA_PYTHON, jetson-vla makes an environment of its own.',
    },
  );
}

function quoted(file: string): string {
  return /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}
