import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExportArguments } from '../../../lib/cli/export-arguments.js';
import { checkParity } from '../../../lib/toolchain/export/check-parity.js';
import { exportPolicy } from '../../../lib/toolchain/export/export-policy.js';
import { exportResult } from '../../../lib/toolchain/export/export-protocol.js';
import { parseExportSource } from '../../../lib/toolchain/export/export-source.js';
import { vocabularySize } from '../../../lib/toolchain/export/vocabulary.js';
import { temporaryDirectory } from './export-here.js';

describe('what is wrong before Python is needed', () => {
  const options = {
    source: 'policies:make',
    python: 'no-python-is-started',
    flags: { joints: [{ name: 'pan' }], unit: 'rad', dt: 0.1 },
  };

  it('is a missing unit', async () => {
    const output = path.join(await temporaryDirectory(), 'out');
    const { dt: _dt, ...flags } = options.flags;
    await expect(exportPolicy({ ...options, flags, output })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('--fps N'),
    });
  });

  it('is a data set of a factory, and a checkpoint of a LeRobot directory', async () => {
    const directory = await temporaryDirectory();
    const output = path.join(directory, 'out');
    await writeFile(path.join(directory, 'config.json'), '{}');
    await expect(exportPolicy({ ...options, output, dataset: 'x' })).rejects.toThrow('--dataset is not for');
    await expect(exportPolicy({ ...options, output, source: directory, checkpoint: 'x' })).rejects.toThrow(
      '--checkpoint is not for',
    );
  });

  it('is a directory that is there', async () => {
    const output = await temporaryDirectory();
    await expect(exportPolicy({ ...options, output })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('--force'),
    });
  });

  it('is an opset that the exporter has not', async () => {
    const output = path.join(await temporaryDirectory(), 'out');
    await expect(exportPolicy({ ...options, output, opset: 17, exporter: 'dynamo' })).rejects.toThrow(
      'opset: expected a whole number from 18 to 23, which the dynamo exporter writes, got 17',
    );
    await expect(exportPolicy({ ...options, output, opset: 12 })).rejects.toThrow('from 13 to 23, got 12');
  });

  it('is a manifest that is not there, or no JSON', async () => {
    const directory = await temporaryDirectory();
    const output = path.join(directory, 'out');
    const manifest = path.join(directory, 'part.json');
    await expect(exportPolicy({ ...options, output, manifest })).rejects.toMatchObject({
      code: 'BUNDLE_NOT_FOUND',
    });
    await writeFile(manifest, '{ "id": }');
    await expect(exportPolicy({ ...options, output, manifest })).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('line 1, column 9'),
    });
  });
});

describe('parseExportSource', () => {
  it('tells factories from LeRobot directories', async () => {
    const directory = path.join(await temporaryDirectory(), 'pretrained_model');
    await mkdir(directory);
    await expect(parseExportSource(directory)).rejects.toThrow('it has no config.json');
    await writeFile(path.join(directory, 'config.json'), '{}');
    await expect(parseExportSource(directory)).resolves.toEqual({
      kind: 'lerobot',
      directory,
      label: 'pretrained_model',
    });
    await expect(parseExportSource('/somewhere/net.py:make')).resolves.toEqual({
      kind: 'factory',
      module: '/somewhere/net.py',
      factory: 'make',
      label: 'net.py:make',
    });
    await expect(parseExportSource('a.b:make')).resolves.toMatchObject({ module: 'a.b', label: 'a.b:make' });
  });

  it.each(['policy', 'a b:make', 'net.py:', ':make', 'a.b:c.d', 'a..b:c', 'https://host:80'])(
    'refuses %s',
    async (text) => {
      await expect(parseExportSource(text)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );
});

describe('checkParity', () => {
  const side = { samples: 1, count: 4, meanAbs: 0, cosine: 1, worst: 'observation 1', scale: 20 };
  const result = (random: number | null, observed: number | null) =>
    exportResult.parse({
      opset: 18,
      exporter: 'dynamo',
      externalData: null,
      weightsSha256: null,
      random: { ...side, maxAbs: random, worst: 'random' },
      observed: { ...side, maxAbs: observed },
      expected: [],
      tools: {},
    });

  it('allows a ten-thousandth of the largest output by default, and what is asked for else', () => {
    expect(checkParity(result(0.002, 0), undefined)).toBeCloseTo(0.002, 12);
    expect(() => checkParity(result(0.0021, 0), undefined)).toThrow('up to 0.00210, and 0.00200 is allowed');
    expect(checkParity(result(0.5, 0), 0.5)).toBe(0.5);
    expect(() => checkParity(result(0, 1e-9), 0)).toThrow('worst: observation 1');
  });

  it('takes what is no number for the largest difference that there is', () => {
    expect(() => checkParity(result(0, null), 1e9)).toThrow('up to Infinity');
  });
});

describe('vocabularySize', () => {
  it.each([
    [{ model: { vocab: { a: 0, b: 9 } } }, 10],
    [
      {
        model: {
          vocab: [
            ['a', 0.1],
            ['b', 0.2],
          ],
        },
        added_tokens: [{ id: 5 }],
      },
      6,
    ],
    [{ model: {} }, 1],
    [[], 1],
  ])('is one more than the largest id of %j', (tokenizer, size) => {
    expect(vocabularySize(JSON.stringify(tokenizer))).toBe(size);
  });
});

describe('the command line of export', () => {
  const least = ['net.py:make', '--output', 'out'];

  it('is read into options', () => {
    const line = `${least.join(' ')} --joints pan,lift:deg --gripper jaw=100:-5.5 --unit rad --fps 20 --image-size 96x128 --state --cameras a,b --layout HWC --opset 17 --exporter legacy --tolerance 1e-3 --seed 4 --force --json`;
    expect(parseExportArguments(line.split(' '))).toEqual({
      python: undefined,
      json: true,
      verbose: false,
      options: {
        source: 'net.py:make',
        output: 'out',
        force: true,
        opset: 17,
        exporter: 'legacy',
        tolerance: 1e-3,
        seed: 4,
        flags: {
          cameras: ['a', 'b'],
          joints: [{ name: 'pan' }, { name: 'lift', unit: 'deg' }],
          gripper: { name: 'jaw', open: 100, closed: -5.5 },
          unit: 'rad',
          dt: 0.05,
          imageSize: { h: 96, w: 128 },
          layout: 'HWC',
          state: true,
        },
      },
    });
  });

  it.each([
    [['a:b'], 'expected --output DIR'],
    [['a:b', '--output', ''], 'expected --output DIR'],
    [['--output', 'out'], 'expected one policy, got none'],
    [[...least, 'more'], 'expected one policy, got net.py:make, more'],
    [[...least, '--fps', '10', '--dt', '0.1'], '--dt and --fps say the same thing'],
    [[...least, '--fps', '0'], '--fps: expected a number above 0'],
    [[...least, '--joints', 'a,,b'], '--joints: expected names with commas'],
    [[...least, '--joints', 'a:grad'], '--joints: expected rad, deg'],
    [[...least, '--gripper', 'jaw'], 'expected NAME=OPEN:CLOSED'],
    [[...least, '--gripper', 'jaw=1.2.3:4'], 'expected NAME=OPEN:CLOSED'],
    [[...least, '--image-size', '224'], 'expected HEIGHTxWIDTH'],
    [[...least, '--image-size', '0x5'], 'expected HEIGHTxWIDTH'],
    [[...least, '--opset', '24'], '--opset: expected a whole number from 13 to 23'],
    [[...least, '--exporter', 'magic'], '--exporter: expected auto, dynamo, legacy'],
    [[...least, '--nonsense'], '--nonsense'],
  ])('refuses %j', (args, message) => {
    expect(() => parseExportArguments(args)).toThrow(message);
  });
});
