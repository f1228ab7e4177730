import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchText } from '../../lib/cli/bench-text.js';
import { packageRoot } from '../../lib/native/package-root.js';
import type { BenchReport } from '../../lib/toolchain/bench/report.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { jetsonVla } from './run-program.js';

const PICK = 'examples/policies/pick';

function start(args: readonly string[]) {
  const command = ['--import', 'tsx', path.join(packageRoot, 'lib/cli/main.ts'), 'bench', ...args];
  const child = spawn(process.execPath, command, {
    cwd: packageRoot,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...output }));
  return { child, output, ended };
}

describe('jetson-vla bench', () => {
  it('measures the demo policy against its 8-bit twin, as JSON, text and drawing', async () => {
    const svg = path.join(await temporaryDirectory(), 'bench.svg');
    const options = [
      '--compare',
      `${PICK}@uint8-dynamic`,
      '--duration',
      '0.5',
      '--warmup',
      '0',
      '--rate',
      '60',
    ];
    const { status, stdout, stderr } = await jetsonVla('bench', PICK, ...options, '--svg', svg, '--json');
    expect(status).toBe(0);
    expect(stderr).toContain(`Loading ${PICK}\n`);
    expect(stderr).toContain('Measuring the stages\n');
    const report: BenchReport = JSON.parse(stdout);
    expect(report).toMatchObject({
      complete: true,
      durationS: 0.5,
      machine: { node: process.versions.node, onnxruntime: expect.stringMatching(/^\d+\.\d+/) },
      policy: { id: 'pick-blocks', precision: 'float32', backend: 'onnxruntime' },
      other: { precision: 'uint8-dynamic' },
      comparison: [{ stage: 'infer' }, { stage: 'total' }],
    });
    expect(await readFile(svg, 'utf8')).toContain('Where the time goes');

    const text = benchText(report);
    expect(text).toContain(`${PICK}: float32 on ONNX Runtime`);
    expect(text).toMatch(/^Stage, ms +p50 +p90 +p99 +max$/m);
    expect(text).toMatch(/^total( +\d+\.\d{3}){4}$/m);
    expect(text).toMatch(/^Throughput +[\d.]+ inferences\/s/m);
    expect(text).toContain('The model: ');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('refuses a drawing that cannot be written before it measures anything', async () => {
    const folder = await temporaryDirectory();
    await mkdir(path.join(folder, 'bench.svg'));
    await writeFile(path.join(folder, 'file'), '');
    for (const [name, status] of [
      ['bench.svg', 2],
      ['file/bench.svg', 1],
    ] as const) {
      const result = await jetsonVla('bench', PICK, '--svg', path.join(folder, name), '--json');
      expect(result.status).toBe(status);
      expect(JSON.parse(result.stdout)).toHaveProperty('error.message');
      expect(result.stderr).not.toContain('Loading');
    }
    expect((await readdir(folder)).sort()).toEqual(['bench.svg', 'file']);
  });

  it('ends at Ctrl-C with what it has, and leaves no drawing', async () => {
    const folder = await temporaryDirectory();
    const { child, output, ended } = start([
      PICK,
      '--duration',
      '60',
      '--svg',
      path.join(folder, 'bench.svg'),
    ]);
    while (!output.stderr.includes('Measuring')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Stopping …');
    expect(stdout).toMatch(/^Interrupted: these are the figures of what was measured by then\.\n/);
    expect(await readdir(folder)).toEqual([]);
  });
});
