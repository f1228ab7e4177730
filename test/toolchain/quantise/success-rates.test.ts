import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureSuccess } from '../../../lib/toolchain/quantise/success-rates.js';
import { temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { isRunning } from '../python/fake-python.js';

/** A project whose script `judge` runs this JavaScript, which finds its arguments in `args`. */
async function project(script: string) {
  const directory = await temporaryDirectory();
  const inner = path.join(directory, 'robots', 'one');
  await mkdir(inner, { recursive: true });
  await writeFile(path.join(directory, 'judge.cjs'), `const args = process.argv.slice(2);\n${script}`);
  await writeFile(
    path.join(directory, 'package.json'),
    JSON.stringify({ scripts: { judge: 'node judge.cjs' } }),
  );
  await writeFile(path.join(inner, 'package.json'), JSON.stringify({ scripts: { other: 'false' } }));
  return { directory, inner };
}

const models = { bundle: '/somewhere/a policy', original: 'float32', quantised: 'int8-static', scenes: 7 };

describe('measureSuccess', () => {
  it('runs the script of the nearest package.json that has it, for both models, whatever its exit status', async () => {
    const { inner } = await project(`
      const precision = args[args.indexOf('--precision') + 1];
      const successRate = precision === 'float32' ? 1 : 0.875;
      const episodes = Number(args[args.indexOf('--scenes') + 1]);
      console.log(JSON.stringify({ results: [
        { condition: args.filter((arg) => arg !== precision).join('|'), episodes, successRate: 0 },
        { condition: 'named', episodes, successRate, more: true },
        { condition: 'absent', episodes, successRate: null },
      ] }));
      process.exitCode = 1;`);
    const labels: string[] = [];
    const rates = await measureSuccess({
      ...models,
      evaluator: { script: 'judge', args: ['--conditions', 'named,absent'] },
      cwd: inner,
      onProgress: ({ label }) => labels.push(label),
    });
    expect(rates).toEqual([
      {
        condition: '--conditions|named,absent|--policy|/somewhere/a policy|--precision|--scenes|7|--json',
        episodes: 7,
        original: 0,
        quantised: 0,
      },
      { condition: 'named', episodes: 7, original: 1, quantised: 0.875 },
    ]);
    expect(labels).toEqual([
      'Measuring the success of float32 in 7 scenes',
      'Measuring the success of int8-static in 7 scenes',
    ]);
  });

  it('says why there are no rates when the script is missing or prints something else', async () => {
    const { inner } = await project(`console.error('no simulator here'); process.exit(3);`);
    expect(await measureSuccess({ ...models, evaluator: { script: 'nobody' }, cwd: inner })).toContain(
      'no package.json from here upwards has the script nobody',
    );
    expect(await measureSuccess({ ...models, evaluator: { script: 'judge' }, cwd: inner })).toContain(
      'npm run judge gave none for float32: no simulator here',
    );
  });

  it('ends the script and all that it started when it is aborted', async () => {
    const { directory, inner } = await project(`
      require('fs').writeFileSync('pid', String(process.pid));
      setInterval(() => {}, 1000);`);
    const controller = new AbortController();
    const running = rejectionOf(
      measureSuccess({ ...models, evaluator: { script: 'judge' }, cwd: inner, signal: controller.signal }),
    );
    const pid = await pidIn(path.join(directory, 'pid'));
    controller.abort();
    expect((await running).code).toBe('ABORTED');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

async function pidIn(file: string): Promise<number> {
  let pid = 0;
  await expect
    .poll(
      async () => {
        pid = Number(await readFile(file, 'utf8').catch(() => ''));
        return pid;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  return pid;
}
