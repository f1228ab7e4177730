import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, packageVersion } from '../../../lib/native/package-root.js';
import { isAtLeast } from '../../../lib/toolchain/python/interpreter.js';
import { REQUIRED_PACKAGES } from '../../../lib/toolchain/python/own-interpreter.js';

const read = (file: string) => readFileSync(path.join(packageRoot, 'python', file), 'utf8');
const project = read('pyproject.toml');

/** The entries of one list of pyproject.toml, such as `torch>=2.6`. */
function dependencies(list: string): [name: string, oldest: string][] {
  const [, body = ''] = new RegExp(`^${list} = \\[\\n([\\s\\S]*?)^\\]`, 'm').exec(project) ?? [];
  return Array.from(body.matchAll(/"([\w-]+)>=([\d.]+)"/g), ([, name = '', oldest = '']) => [name, oldest]);
}

interface Pin {
  readonly name: string;
  readonly version: string;
  /** Undefined for every Python. */
  readonly pythons: '< "3.11"' | '>= "3.11"' | undefined;
}

function pins(file: string): Pin[] {
  return read(file)
    .split('\n')
    .filter((line) => line !== '' && !/^(#|-r )/.test(line))
    .map((line) => {
      const [, name, version, pythons] =
        /^([\w-]+)==(\d[\w.]*)(?:; python_version (< "3\.11"|>= "3\.11"))?$/.exec(line) ?? [];
      if (name === undefined || version === undefined) throw new Error(`${file} does not pin: ${line}`);
      if (pythons !== undefined && pythons !== '< "3.11"' && pythons !== '>= "3.11"') throw new Error(line);
      return { name, version, pythons };
    });
}

describe('python/requirements.lock', () => {
  const lock = pins('requirements.lock');

  it.each(['< "3.11"', '>= "3.11"'] as const)(
    'pins each dependency of python/pyproject.toml once, within its range, for Python %s',
    (pythons) => {
      for (const [name, oldest] of dependencies('dependencies')) {
        const found = lock.filter((pin) => pin.name === name && (pin.pythons ?? pythons) === pythons);
        expect(
          found.map((pin) => isAtLeast(pin.version, oldest)),
          name,
        ).toEqual([true]);
      }
    },
  );

  it('pins a package once for each Python', () => {
    const keys = lock.flatMap(({ name, pythons }) =>
      (pythons === undefined ? ['<', '>='] : [pythons.split(' ')[0]]).map((python) => `${name} ${python}`),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('python/requirements-dev.txt', () => {
  it('pins each development dependency of python/pyproject.toml within its range, on top of the lock', () => {
    expect(read('requirements-dev.txt')).toMatch(/^-r requirements\.lock$/m);
    const found = new Map(pins('requirements-dev.txt').map(({ name, version }) => [name, version]));
    const wanted = dependencies('dev');
    expect(wanted.length).toBeGreaterThan(0);
    for (const [name, oldest] of wanted) expect(isAtLeast(found.get(name) ?? '0', oldest), name).toBe(true);
  });
});

describe('python/pyproject.toml', () => {
  it('has the version of the package', () => {
    expect(/^version = "(.+)"$/m.exec(project)?.[1]).toBe(packageVersion());
  });

  it('asks for what is asked of an interpreter of the user', () => {
    expect(Object.fromEntries(dependencies('dependencies'))).toEqual(REQUIRED_PACKAGES);
  });
});
