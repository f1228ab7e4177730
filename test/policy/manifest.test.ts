import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../lib/policy/manifest.js';
import { errorOf } from './error-of.js';
import { fullManifest, minimalManifest, SHA, withValue } from './minimal-manifest.js';

type Path = readonly (string | number)[];

const CAMERA: Path = ['inputs', 'cameras', 0];
const TEXT: Path = ['inputs', 'text'];
const MODEL: Path = ['stages', 'models', 0];
const NORM: Path = ['action', 'norm'];

describe('parseManifest', () => {
  it('takes the twenty-line manifest and fills in the rest', () => {
    const { manifest, warnings } = parseManifest(minimalManifest());
    expect(warnings).toEqual([]);
    expect(manifest.name).toBe('pick');
    expect(manifest.chunk).toEqual({ horizon: 5, startIndex: 0, execute: 5, dt: 0.5 });
    expect(manifest.stages.output).toBe('model.actions');
    expect(manifest.action.modelDim).toBe(7);
    expect(manifest.action.groups.map(({ name, slice, ref }) => [name, slice, ref])).toEqual([
      ['joint', [0, 6], 'absolute'],
      ['gripper', [6, 7], 'absolute'],
    ]);
    expect(manifest.inputs.cameras[0]).toEqual({
      id: 'wrist',
      color: 'rgb',
      resize: { h: 224, w: 224, mode: 'stretch', filter: 'bilinear', antialias: false, padValue: 0 },
      layout: 'HWC',
      scale: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(manifest.inputs.text).toMatchObject({ mode: 'runtime', template: '{task}', maxLength: 16 });
    expect(manifest.licence.spdx).toBe('NOASSERTION');
  });

  it('is idempotent: a parsed manifest parses to itself without warnings', () => {
    for (const json of [minimalManifest(), fullManifest()]) {
      const { manifest } = parseManifest(json);
      const again = parseManifest(JSON.parse(JSON.stringify(manifest)));
      expect(again).toEqual({ manifest, warnings: [] });
    }
  });

  it('accepts a manifest that uses every part of the schema', () => {
    expect(parseManifest(fullManifest()).warnings).toEqual([]);
  });

  it('gives raw pixels to uint8 inputs by default', () => {
    const json = withValue(minimalManifest(), [...MODEL, 'inputs', 0, 'dtype'], 'uint8');
    expect(parseManifest(json).manifest.inputs.cameras[0]?.scale).toBe(1);
  });

  it('warns of unknown keys by their path and ignores them', () => {
    const json = withValue(
      withValue(minimalManifest(), [...CAMERA, 'colour'], 'bgr'),
      ['action', 'dims', 6, 'gripper', 'speed'],
      1,
    );
    expect(parseManifest(json).warnings).toEqual([
      'inputs.cameras[0].colour: unknown key, ignored',
      'action.dims[6].gripper.speed: unknown key, ignored',
    ]);
  });

  it('lists all problems in one error, one line each', () => {
    let json = withValue(minimalManifest(), ['chunk', 'dt'], 0);
    json = withValue(json, [...MODEL, 'artifacts', 0, 'sha256'], 'short');
    json = withValue(json, ['action', 'dims', 0, 'unit'], undefined);
    const error = errorOf(() => parseManifest(json));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message.split('\n')).toEqual([
      'stages.models[0].artifacts[0].sha256: expected 64 lower-case hex digits, got "short"',
      'action.dims[0].unit: expected one of "rad", "deg", "m", "percent", "pm100", "unit", "raw", got nothing',
      'chunk.dt: expected a number that is more than 0, got 0',
    ]);
  });

  const unknownValues: [Path, unknown][] = [
    [[...CAMERA, 'layout'], 'NCHW'],
    [[...CAMERA, 'rotate'], 45],
    [[...CAMERA, 'resize', 'mode'], 'letterbox'],
    [['action', 'dims', 0, 'unit'], 'turns'],
    [['action', 'norm'], [{ slice: [0, 1], mode: 'log' }]],
    [['stages', 'kind'], 'diffusion'],
    [[...MODEL, 'inputs', 0, 'dtype'], 'float8'],
    [[...TEXT, 'unknown'], 'guess'],
    [['version'], 2],
    [['requires'], ['tactile']],
  ];
  it.each(unknownValues)('refuses an unknown value at %j as unsupported, never guessing', (path, value) => {
    const error = errorOf(() => parseManifest(withValue(minimalManifest(), path, value)));
    expect(error.code).toBe('UNSUPPORTED_POLICY');
    expect(error.message).toContain('expected');
    expect(error.hint).toBeTruthy();
  });

  const wrong: [string, Path, unknown][] = [
    ['schema', ['schema'], 'lerobot'],
    ['version', ['version'], '1'],
    ['inputs.cameras[0].color', [...CAMERA, 'color'], 7],
    ['inputs.cameras[1].id', ['inputs', 'cameras', 1], { id: 'wrist' }],
    ['inputs.cameras[0].fillValue', [...CAMERA, 'optional'], true],
    ['inputs.cameras[0].std[1]', [...CAMERA, 'std'], [1, 0, 1]],
    ['inputs.cameras[0].resize.antialias', [...CAMERA, 'resize'], { filter: 'nearest', antialias: true }],
    ['inputs.text.template', [...TEXT, 'template'], 'do it'],
    ['inputs.text.fixed', [...TEXT, 'mode'], 'fixed'],
    ['inputs.text.maxLength', [...TEXT, 'suffixIds'], new Array(16).fill(1)],
    ['inputs.text.tokenizer.file', [...TEXT, 'tokenizer', 'file'], '/etc/passwd'],
    ['stages.models[0].artifacts[0].file', [...MODEL, 'artifacts', 0, 'file'], 'a/../../x'],
    ['stages.models[0].artifacts[0].file', [...MODEL, 'artifacts', 0, 'file'], 'C:\\model.onnx'],
    ['stages.models[0].inputs[0].from', [...MODEL, 'inputs', 0, 'from'], 'camera:head'],
    ['stages.models[0].inputs[0].from', [...MODEL, 'inputs', 0, 'from'], 'state'],
    ['stages.models[0].inputs[0].from', [...MODEL, 'inputs', 0, 'from'], 'model.actions'],
    ['stages.models[0].inputs[0].from', [...MODEL, 'inputs', 0, 'from'], 'x_t'],
    ['stages.models[0].inputs[0].shape', [...MODEL, 'inputs', 0, 'shape'], [1, 3, 224, 224]],
    ['stages.models[0].inputs[1].name', [...MODEL, 'inputs', 1, 'name'], 'image'],
    ['stages.models[0].id', [...MODEL, 'id'], 'text'],
    ['stages.output', ['stages', 'output'], 'model.action'],
    ['stages.output', [...MODEL, 'outputs', 0, 'shape'], [1, 5, 8]],
    ['chunk.horizon', [...MODEL, 'outputs', 0, 'shape'], [1, 'steps', 7]],
    ['chunk.execute', ['chunk', 'execute'], 6],
    ['chunk.execute', ['chunk', 'startIndex'], 5],
    ['action.dims[6].gripper.closed', ['action', 'dims', 6, 'gripper'], { open: 1, closed: 1 }],
    ['action.dims[1].name', ['action', 'dims', 1, 'name'], 'pan'],
    ['action.norm[0].slice', ['action', 'norm'], [{ slice: [0, 8], mode: 'identity' }]],
    ['action.norm[0].slice', ['action', 'norm'], [{ slice: [3, 3], mode: 'identity' }]],
    [
      'action.norm[1].slice',
      ['action', 'norm'],
      [
        { slice: [0, 4], mode: 'identity' },
        { slice: [3, 7], mode: 'identity' },
      ],
    ],
    ['action.norm[0].mean', NORM, [{ slice: [0, 2], mode: 'mean_std', mean: [0], std: [1, 1] }]],
    ['action.norm[0].std[1]', NORM, [{ slice: [0, 2], mode: 'mean_std', mean: [0, 0], std: [1, -1] }]],
    ['action.norm[0].max[0]', NORM, [{ slice: [0, 1], mode: 'min_max', min: [2], max: [1] }]],
    [
      'action.norm[0].max[0]',
      NORM,
      [{ slice: [0, 1], mode: 'min_max', min: [1], max: [1], eps: { value: 0, on: 'both' } }],
    ],
    ['action.norm[0].std', NORM, [{ slice: [0, 1], mode: 'mean_std', mean: [[0], [0]], std: [[1], [1]] }]],
    ['action.groups', ['action', 'groups'], [{ name: 'arm', slice: [0, 6], space: 'joint' }]],
    ['action.groups[0].space', ['action', 'groups'], [{ name: 'arm', slice: [0, 7], space: 'joint' }]],
    ['action.modelDim', ['action', 'modelDim'], 6],
    ['golden[0].file', ['golden'], [{ file: '../golden.json' }]],
  ];
  it.each(wrong)('names %s when it is wrong: %j = %j', (where, path, value) => {
    const error = errorOf(() => parseManifest(withValue(minimalManifest(), path, value)));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(/^.+: expected .+, got .+$/m);
    expect(error.message.split('\n').map((line) => line.split(': ')[0])).toContain(where);
  });

  it('takes only whole numbers as constants of an integer input', () => {
    let json = withValue(minimalManifest(), [...MODEL, 'inputs', 0, 'dtype'], 'int32');
    json = withValue(json, [...MODEL, 'inputs', 0, 'from'], { const: 0.5 });
    expect(errorOf(() => parseManifest(json)).message).toBe(
      'stages.models[0].inputs[0].from: expected whole numbers, because dtype is int32, got 0.5',
    );
  });

  it('takes no evaluator that is more than the name of a script and plain arguments', () => {
    const plain = { script: 'eval-policy', args: ['--conditions', 'named,otherColor', '--speed=1.5'] };
    expect(parseManifest(withValue(minimalManifest(), ['evaluator'], plain)).manifest.evaluator).toEqual(
      plain,
    );
    for (const evaluator of [
      { script: 'eval; rm -rf x' },
      { script: '' },
      { script: 'eval', args: ['$(x)'] },
      { script: 'eval', args: ['a b'] },
      { script: 'eval', args: [''] },
    ])
      expect(
        errorOf(() => parseManifest(withValue(minimalManifest(), ['evaluator'], evaluator))).message,
      ).toMatch(/^evaluator\.(script|args\[0\]): /);
  });

  it.each([null, [], 'text', 7, undefined])('refuses %j, which is no manifest at all', (json) => {
    expect(errorOf(() => parseManifest(json)).code).toBe('MANIFEST_INVALID');
  });

  it('asks for a relative group whose states exist and are in its unit', () => {
    const group = { name: 'arm', slice: [0, 6], space: 'joint', ref: 'chunk_start', refState: ['a'] };
    const groups = [group, { name: 'grip', slice: [6, 7], space: 'gripper' }];
    const json = withValue(minimalManifest(), ['action', 'groups'], groups);
    expect(errorOf(() => parseManifest(json)).message).toContain('action.groups[0].refState');
  });

  it('names the path of any single value that is replaced by one of a wrong type', () => {
    const json = parseManifest(fullManifest()).manifest;
    const leaves = leafPaths(json);
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.constantFrom({ wrong: 1 }, null, -0.5), (path, value) => {
        // Numbers and shapes of tensors may be valid when replaced; constants take any number.
        fc.pre(typeof value === 'object' || typeof valueAt(json, path) === 'string');
        const error = errorOf(() => parseManifest(withValue(json, path, value)));
        const parent = path.slice(0, -1);
        const named = error.message.split('\n').some((line) => {
          const where = line.split(': ')[0] ?? '';
          return pathText(path).startsWith(where) && where.length >= pathText(parent.slice(0, 1)).length;
        });
        expect(named, `${pathText(path)}\n${error.message}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

function pathText(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1);
}

function valueAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), json);
}

function leafPaths(json: unknown, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [path];
  return Object.entries(json).flatMap(([key, value]) =>
    leafPaths(value, [...path, Array.isArray(json) ? Number(key) : key]),
  );
}

describe('a flow policy', () => {
  const model = (id: string, inputs: unknown[], outputs: unknown[]) => ({
    id,
    inputs,
    outputs,
    artifacts: [{ format: 'onnx', file: `${id}.onnx`, sha256: SHA }],
  });
  const flow = {
    kind: 'flow',
    prefix: [
      model(
        'vlm',
        [{ name: 'image', dtype: 'float32', shape: [1, 224, 224, 3], from: 'camera:wrist' }],
        [{ name: 'kv', dtype: 'float32', shape: [1, 968, 256] }],
      ),
    ],
    step: [
      model(
        'expert',
        [
          { name: 'kv', dtype: 'float32', shape: [1, 968, 256], from: 'vlm.kv' },
          { name: 'x_t', dtype: 'float32', shape: [1, 50, 7], from: 'x_t' },
          { name: 't', dtype: 'float32', shape: [1], from: 'timestep' },
        ],
        [{ name: 'v_t', dtype: 'float32', shape: [1, 50, 7] }],
      ),
    ],
    velocity: 'expert.v_t',
    sampler: {
      type: 'euler',
      steps: 10,
      tStart: 1,
      tEnd: 0,
      timestep: { scale: 1, dtype: 'float32', shape: '[B]' },
      noise: { shape: [1, 50, 7] },
    },
    rtc: { modes: ['hard_prefix'] },
    output: 'x_t',
  };
  const json = () => ({
    ...minimalManifest(),
    inputs: { cameras: [{ id: 'wrist' }] },
    stages: flow,
    chunk: { dt: 0.02, horizon: 50 },
  });

  it('is a valid manifest', () => {
    expect(parseManifest(json()).manifest.stages.kind).toBe('flow');
  });

  it('names a velocity that no step model puts out', () => {
    const error = errorOf(() => parseManifest(withValue(json(), ['stages', 'velocity'], 'vlm.kv')));
    expect(error.message).toBe('stages.velocity: expected an output of a step model, got "vlm.kv"');
  });

  it('does not let a model read the output of a later one', () => {
    const error = errorOf(() =>
      parseManifest(withValue(json(), ['stages', 'prefix', 0, 'inputs', 0, 'from'], 'expert.v_t')),
    );
    expect(error.message).toContain('stages.prefix[0].inputs[0].from: expected a known source');
  });
});
