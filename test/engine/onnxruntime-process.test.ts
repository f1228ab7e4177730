import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { model, runScript, temporaryDirectory } from './fixtures.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

const prelude = `
  import { OnnxRuntimeSession } from '../../lib/engine/onnxruntime-session.js';
  const load = (file) => OnnxRuntimeSession.load(file, { threads: 1 });
  function fill(session, token) {
    const inputs = session.acquire({ image: [1, 8, 8, 3], text: [1, 1] });
    inputs.image.data.fill(1);
    inputs.text.data.fill(BigInt(token));
    return inputs;
  }
`;

describe('a process with an ONNX Runtime session', () => {
  it('exits by itself when the script forgets to dispose', async () => {
    const result = await runScript(`${prelude}
      const session = await load(${JSON.stringify(model('default-nhwc'))});
      await session.run(fill(session, 1));
      console.log('done');
    `);
    expect(result).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
  });

  it('stays alive until a running call has its result', async () => {
    const result = await runScript(`${prelude}
      const session = await load(${JSON.stringify(model('slow'))});
      session.run(fill(session, 2000)).then(() => console.log('done'));
    `);
    expect(result).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
  });

  it('exits by itself after every kind of failed load', async () => {
    const result = await runScript(`${prelude}
      for (const file of ['none.onnx', ${JSON.stringify(model('double'))}, 'onnxruntime-process.test.ts'])
        await load(file).catch((error) => console.log(error.code));
    `);
    expect(result).toMatchObject({
      code: 0,
      stdout: 'BUNDLE_NOT_FOUND\nUNSUPPORTED_POLICY\nMODEL_INVALID\n',
    });
  });

  it.each([
    ['process.exit', 'process.exit(7)', { code: 7, stderr: '' }],
    [
      'an uncaught error',
      "throw new Error('of the script')",
      { code: 1, stderr: expect.stringContaining('of the script') },
    ],
  ])('does not crash when %s ends it during an inference', async (_name, end, expected) => {
    const result = await runScript(`${prelude}
      const session = await load(${JSON.stringify(model('slow'))});
      void session.run(fill(session, 5000));
      setTimeout(() => { ${end}; }, 30);
    `);
    expect(result).toMatchObject({ signal: null, ...expected });
  });

  it('does not crash when it ends while a model loads', async () => {
    const result = await runScript(`${prelude}
      void load(${JSON.stringify(model('slow'))});
      setTimeout(() => process.exit(7), 40);
    `);
    expect(result).toMatchObject({ code: 7, signal: null, stderr: '' });
  });

  it('says how to install onnxruntime-node when it is not there', async () => {
    const directory = await temporaryDirectory();
    await cp(join(root, 'lib'), join(directory, 'lib'), { recursive: true });
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await mkdir(join(directory, 'node_modules'));
    for (const name of await readdir(join(root, 'node_modules')))
      if (!name.startsWith('onnxruntime'))
        await symlink(join(root, 'node_modules', name), join(directory, 'node_modules', name));
    const result = await runScript(`
      import { OnnxRuntimeSession } from ${JSON.stringify(join(directory, 'lib/engine/onnxruntime-session.ts'))};
      console.log('imported');
      await OnnxRuntimeSession.load(${JSON.stringify(model('echo'))}).catch((error) => console.log(String(error)));
    `);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^imported\nVLAError \[BACKEND_UNAVAILABLE\].*onnxruntime-node/);
    expect(result.stdout).toContain('npm install onnxruntime-node');
  });
});
