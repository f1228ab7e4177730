import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askInterpreter, isAtLeast } from '../../../lib/toolchain/python/interpreter.js';
import { ownInterpreter, REQUIRED_PACKAGES } from '../../../lib/toolchain/python/own-interpreter.js';
import { pythonEnvironment } from '../../../lib/toolchain/python/python-environment.js';
import { shellScript } from './fake-python.js';

/** An interpreter that answers with this version and these packages. */
function interpreter(
  version: string,
  packages: Readonly<Record<string, string>>,
  executable = '/its/python',
) {
  return shellScript('python', `cat <<'END'\n${JSON.stringify({ executable, version, packages })}\nEND`);
}

describe('the order of versions', () => {
  it.each([
    ['2.13.0', '2.6', true],
    ['2.6.0a0+ecf3bae40a.nv25.01', '2.6', true],
    ['2.5.1+cu124', '2.6', false],
    ['3.10', '3.10.0', true],
    ['3.9.18', '3.10', false],
    ['v3', '1', false],
  ])('finds that %s is at least %s: %s', (version, oldest, expected) => {
    expect(isAtLeast(version, oldest)).toBe(expected);
  });

  it('is that of their numbers, whatever follows them', () => {
    const numbers = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom('', '+cpu', 'rc1', 'a0+nv'), (have, want, rest) => {
        const at = [0, 1, 2, 3].find((part) => (have[part] ?? 0) !== (want[part] ?? 0)) ?? 0;
        expect(isAtLeast(`${have.join('.')}${rest}`, want.join('.'))).toBe(
          (have[at] ?? 0) >= (want[at] ?? 0),
        );
      }),
    );
  });
});

describe('an interpreter of the user', () => {
  it('is taken by its own path when it has every package', async () => {
    expect(await ownInterpreter(await interpreter('3.12.3', REQUIRED_PACKAGES))).toBe('/its/python');
  });

  it('may have another build of ONNX Runtime', async () => {
    const { onnxruntime, ...others } = REQUIRED_PACKAGES;
    expect(onnxruntime).toBeDefined();
    const python = await interpreter('3.10.12', { ...others, 'onnxruntime-gpu': '1.23.0' });
    expect(await ownInterpreter(python)).toBe('/its/python');
  });

  it('is refused with each package that is missing or too old, and the command that installs them', async () => {
    const { onnxscript, ...others } = REQUIRED_PACKAGES;
    expect(onnxscript).toBe('0.3');
    const python = await interpreter('3.11.7', { ...others, torch: '2.5.1+cu124' }, "/it's here/python");
    await expect(ownInterpreter(python)).rejects.toMatchObject({
      code: 'PYTHON_UNAVAILABLE',
      message: expect.stringMatching(
        /onnxscript>=0\.3: not installed\n\s+torch>=2\.6: 2\.5\.1\+cu124 is installed$/,
      ),
      hint: expect.stringContaining(
        `'/it'\\''s here/python' -m pip install "onnxscript>=0.3" "torch>=2.6"\n`,
      ),
    });
  });

  it('is refused when it is too old, whatever it has', async () => {
    await expect(ownInterpreter(await interpreter('3.8.10', REQUIRED_PACKAGES))).rejects.toMatchObject({
      code: 'PYTHON_UNAVAILABLE',
      message: expect.stringMatching(/is Python 3\.8\.10; the tools need Python ≥ 3\.10/),
    });
  });

  it.each([
    [
      'ends with an error',
      'echo "libpython: cannot open" >&2; exit 127',
      /exit status 127[\s\S]*libpython: cannot open/,
    ],
    ['is another program', 'echo hello', /is no working Python\n {2}hello/],
    ['answers half a line', `echo '{"executable": "/x'`, /is no working Python/],
  ])('is refused when it %s', async (_, script, message) => {
    await expect(ownInterpreter(await shellScript('python', script))).rejects.toMatchObject({
      code: 'PYTHON_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });

  it('is found among other lines that start-up files print', async () => {
    const answer = JSON.stringify({ executable: '', version: '3.12.3', packages: {} });
    const python = await shellScript('python', `echo Welcome; echo '${answer}'; echo warning >&2`);
    expect(await askInterpreter(python)).toEqual({ executable: python, version: '3.12.3', packages: {} });
  });
});

it('an empty name is refused, as a script with an unset variable gives it, instead of 1.2 GB being installed', async () => {
  await expect(pythonEnvironment({ python: '' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: '--python: expected an interpreter, got an empty name',
  });
});
