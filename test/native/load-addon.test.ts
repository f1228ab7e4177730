import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addonFile } from '../../lib/native/load-addon.js';
import { explainLoadFailure } from '../../lib/native/load-failure.js';
import { packageRoot, packageVersion } from '../../lib/native/package-root.js';
import { MACHINE_ARM64, MACHINE_X64, writeElf } from './write-elf.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'addon-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** The loader keeps its first answer: each test gets a loader of its own. */
async function freshLoader() {
  vi.resetModules();
  return await import('../../lib/native/load-addon.js');
}

/** The error of a loader that may load only this file. Errors of another module instance are no `instanceof`. */
async function refusal(file: string): Promise<{ code: string; message: string; hint: string | undefined }> {
  vi.stubEnv('JETSON_VLA_ADDON', file);
  const { loadAddon, tryLoadAddon } = await freshLoader();
  expect(tryLoadAddon()).toBeUndefined();
  const { VLAError: FreshVLAError } = await import('../../lib/errors.js');
  try {
    loadAddon();
  } catch (error) {
    if (error instanceof FreshVLAError) return error;
    throw error;
  }
  throw new Error('loaded');
}

function compileAddon(name: string, exported: string): string {
  const file = path.join(directory, `${name}.node`);
  const source = path.join(directory, `${name}.c`);
  writeFileSync(
    source,
    `typedef struct napi_env__* napi_env; typedef struct napi_value__* napi_value;
     int napi_create_string_utf8(napi_env, const char*, unsigned long, napi_value*);
     int napi_set_named_property(napi_env, napi_value, const char*, napi_value);
     napi_value napi_register_module_v1(napi_env env, napi_value exports) {
       napi_value value = 0;
       ${exported}
       return exports;
     }\n`,
  );
  execFileSync('gcc', ['-shared', '-fPIC', '-o', file, source]);
  return file;
}

describe('loadAddon', () => {
  it('loads the addon of this package once, and knows where its backends are', async () => {
    const { addonFile: file, backendDirectory, loadAddon, tryLoadAddon } = await freshLoader();
    const addon = loadAddon();
    expect(addon.version).toBe(packageVersion());
    expect(tryLoadAddon()).toBe(addon);
    expect(backendDirectory()).toBe(path.dirname(file()));
  });

  it('loads the file that JETSON_VLA_ADDON names, relative to the working directory', async () => {
    const file = addonFile();
    vi.stubEnv('JETSON_VLA_ADDON', path.relative(process.cwd(), file));
    expect((await freshLoader()).addonFile()).toBe(file);
  });

  it('does without the addon when JETSON_VLA_NO_ADDON says so', async () => {
    vi.stubEnv('JETSON_VLA_NO_ADDON', '1');
    const { backendDirectory, loadAddon, tryLoadAddon } = await freshLoader();
    expect(tryLoadAddon()).toBeUndefined();
    expect(loadAddon).toThrow('JETSON_VLA_NO_ADDON');
    expect(backendDirectory).toThrow('JETSON_VLA_NO_ADDON');
  });

  it('names a file that is not there, and how to get one', async () => {
    const file = path.join(directory, 'nothing.node');
    const error = await refusal(file);
    expect(error.code).toBe('ADDON_UNAVAILABLE');
    expect(error.message).toContain(`${file}: no such file`);
    expect(error.hint).toContain('npx jetson-vla build-native');
  });

  it('tells a binary of another processor from a missing file, which the dynamic loader does not', async () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    const file = path.join(directory, 'other.node');
    writeElf(file, { machine: other === 'arm64' ? MACHINE_ARM64 : MACHINE_X64 });
    expect((await refusal(file)).message).toContain(
      `${file}: built for ${other}, but this Node runs on ${process.arch}`,
    );
  });

  it('says when a file is not an addon at all', async () => {
    const file = path.join(directory, 'text.node');
    writeFileSync(file, 'a pointer that git-lfs left here, long enough to be read as a header of a file\n');
    expect((await refusal(file)).message).toContain(`${file}: not an ELF file`);
  });

  it("repeats the dynamic loader's own words for anything else", async () => {
    const source = path.join(directory, 'needs.c');
    const file = path.join(directory, 'needs.node');
    writeFileSync(source, 'void missing_function(void);\nvoid call(void) { missing_function(); }\n');
    execFileSync('gcc', ['-shared', '-fPIC', '-Wl,-z,now', '-o', file, source]);
    expect((await refusal(file)).message).toContain('undefined symbol: missing_function');
  });

  it('refuses an addon of another package', async () => {
    const file = compileAddon('stranger', '(void)env; (void)value;');
    expect((await refusal(file)).message).toContain(`${file}: an addon of something else`);
  });

  it('refuses an addon that was built for another release', async () => {
    const file = compileAddon(
      'older',
      `napi_create_string_utf8(env, "0.0.1", 5, &value);
       napi_set_named_property(env, exports, "version", value);`,
    );
    expect((await refusal(file)).message).toContain(
      `${file}: built for jetson-vla 0.0.1, but this package is ${packageVersion()}`,
    );
  });
});

describe('explainLoadFailure', () => {
  it('tells an old glibc and an old libstdc++ apart', () => {
    const file = path.join(directory, 'newer.node');
    writeElf(file, { machine: process.arch === 'x64' ? MACHINE_X64 : MACHINE_ARM64 });
    const said = `/lib/libc.so.6: version \`GLIBC_2.38' not found (required by ${file})`;
    expect(explainLoadFailure(file, new Error(said))).toBe(
      'needs glibc with GLIBC_2.38, and this system has an older one',
    );
    const library = `/lib/libstdc++.so.6: version \`GLIBCXX_3.4.32' not found (required by ${file})`;
    expect(explainLoadFailure(file, new Error(library))).toContain('needs libstdc++ with GLIBCXX_3.4.32');
  });
});

describe('an installed package', () => {
  const prebuild = path.join('prebuilds', `${process.platform}-${process.arch}`, 'jetson-vla.node');
  const build = path.join('build', 'Release', 'jetson-vla.node');

  beforeEach(() => {
    // Copies: through a link to lib/, the loader would find the repository's own build.
    cpSync(path.join(packageRoot, 'lib', 'native'), path.join(directory, 'lib', 'native'), {
      recursive: true,
    });
    cpSync(path.join(packageRoot, 'lib', 'errors.ts'), path.join(directory, 'lib', 'errors.ts'));
    cpSync(path.join(packageRoot, 'package.json'), path.join(directory, 'package.json'));
    symlinkSync(path.join(packageRoot, 'node_modules'), path.join(directory, 'node_modules'));
  });

  function evaluate(expression: string): string {
    const loader = path.join(directory, 'lib', 'native', 'load-addon.ts');
    const script = `
      const loader = await import(${JSON.stringify(loader)});
      try { process.stdout.write(String(${expression})); } catch (error) { process.stdout.write(String(error)); }`;
    return execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: packageRoot,
      encoding: 'utf8',
      env: { ...process.env, JETSON_VLA_ADDON: '' },
    });
  }

  it('lists every path that it tried when it has no addon', () => {
    const said = evaluate('loader.loadAddon()');
    expect(said).toContain(`${path.join(directory, build)}: no such file`);
    expect(said).toContain(`${path.join(directory, prebuild)}: no such file`);
    expect(said).toContain('npx jetson-vla build-native');
  });

  it('takes the prebuild when build/Release holds something that does not load', () => {
    mkdirSync(path.dirname(path.join(directory, build)), { recursive: true });
    writeFileSync(path.join(directory, build), '');
    cpSync(addonFile(), path.join(directory, prebuild));
    expect(evaluate('loader.addonFile()')).toBe(path.join(directory, prebuild));
  });

  it('imports without loading anything', () => {
    cpSync(addonFile(), path.join(directory, build));
    const opened =
      'process.report.getReport().sharedObjects.filter((file) => file.endsWith("jetson-vla.node"))';
    expect(evaluate(opened)).toBe('');
    expect(evaluate(`(loader.loadAddon(), ${opened})`)).toBe(path.join(directory, build));
  });
});
