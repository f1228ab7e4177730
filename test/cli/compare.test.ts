import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { compareCommand } from '../../lib/cli/compare.js';
import { model, temporaryDirectory } from '../engine/fixtures.js';
import { rejectionOf } from '../policy/error-of.js';
import { bundleOfTwo } from '../toolchain/compare/altered-model.js';

let stdout: MockInstance<typeof process.stdout.write>;
let stderr: MockInstance<typeof process.stderr.write>;

beforeEach(() => {
  stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => vi.restoreAllMocks());

const written = (stream: typeof stdout | typeof stderr) => stream.mock.calls.map(([text]) => text).join('');

describe('jetson-vla compare', () => {
  it('prints a table of the models of a bundle, draws them, and keeps progress out of it', async () => {
    const directory = await bundleOfTwo(1, 0.5);
    const plot = join(await temporaryDirectory(), 'plots', 'models.svg');
    expect(await compareCommand.run([directory, '--seconds', '0', '--threads', '1', '--plot', plot])).toBe(0);
    const [titles, first, second, , note] = written(stdout).split('\n');
    expect(titles).toMatch(/^Model +MB +Reduction +Max error +Mean error +Cosine +p50 ms +p99 ms +Backend$/);
    expect(first).toMatch(/@float32 +0\.001\d* +[\d.]+ +[\d.]+ +onnxruntime$/);
    expect(second).toMatch(
      /@altered +0\.001\d* +0\.0 % +0\.0267 +7\.6\de-4 +0\.\d{6} +[\d.]+ +[\d.]+ +onnxruntime$/,
    );
    expect(note).toMatch(/^Errors of the actions .* over 1 golden observation\.$/);
    expect(written(stderr)).toMatch(
      /^Loading .*@float32\nLoading .*@altered\nComparing outputs\nMeasuring latency\n$/,
    );
    const svg = await readFile(plot, 'utf8');
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toContain('0.0267');
  });

  it('prints one JSON document, with the reason for a model that does not run here', async () => {
    const engine = join(await temporaryDirectory(), 'small.engine');
    await writeFile(engine, 'engine');
    const args = [model('default-nchw'), engine, '--json', '--seconds', '0', '--samples', '2', '--seed', '5'];
    expect(await compareCommand.run(args)).toBe(0);
    expect(JSON.parse(written(stdout))).toMatchObject({
      reference: 'default-nchw.onnx',
      samples: { source: 'random', count: 2 },
      models: [
        { bytes: 1157, backend: 'onnxruntime' },
        { bytes: 6, unavailable: { code: expect.any(String) } },
      ],
    });
  });

  it('ends with 1 when no backend can load a model, and shows the others', async () => {
    const broken = join(await temporaryDirectory(), 'broken.onnx');
    const bytes = await readFile(model('default-nchw'), 'latin1');
    await writeFile(broken, bytes.replaceAll('ReduceMean', 'ReduceNope'), 'latin1');
    expect(
      await compareCommand.run([model('default-nchw'), broken, '--seconds', '0', '--samples', '1']),
    ).toBe(1);
    expect(written(stdout)).toMatch(/^broken\.onnx .* none here$/m);
    expect(written(stdout)).toContain('broken.onnx does not run here: ');
  });

  it('ends with 130 at Ctrl-C and draws nothing', async () => {
    const directory = await temporaryDirectory();
    const args = [model('default-nchw'), '--seconds', '60', '--plot', join(directory, 'models.svg')];
    stderr.mockImplementation((text) => {
      if (String(text).includes('Measuring')) process.emit('SIGINT');
      return true;
    });
    expect((await rejectionOf(compareCommand.run(args) as Promise<unknown>)).code).toBe('ABORTED');
    expect(await readdir(directory)).toEqual([]);
    expect(written(stdout)).toBe('');
  });

  it.each([
    [[], 'expected a bundle or model files, got none'],
    [['a.onnx', '--samples', '0'], '--samples: expected a whole number from 1, got 0'],
    [['a.onnx', '--seconds=-1'], '--seconds: expected a number of at least 0, got -1'],
    [['a.onnx', '--threads', 'two'], '--threads'],
    [['a.onnx', '--plot', 'a.png'], '--plot: expected an .svg file, got a.png'],
    [['a.onnx', '--nothing'], '--nothing'],
  ])('refuses %j', async (args, text) => {
    const error = await rejectionOf(compareCommand.run(args) as Promise<unknown>);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: 'jetson-vla compare --help' });
    expect(error.message).toContain(text);
  });
});
