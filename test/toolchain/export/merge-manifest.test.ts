import { describe, expect, it } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import { parseManifest } from '../../../lib/policy/manifest.js';
import { completeManifest, manifestText } from '../../../lib/toolchain/export/complete-manifest.js';
import type { ManifestFlags } from '../../../lib/toolchain/export/export-options.js';
import { inputSpecs } from '../../../lib/toolchain/export/input-specs.js';
import { draftManifest } from '../../../lib/toolchain/export/merge-manifest.js';
import { parsePartialManifest } from '../../../lib/toolchain/export/partial-manifest.js';

const JOINTS = [{ name: 'pan' }, { name: 'lift' }];
const ENOUGH: ManifestFlags = { joints: JOINTS, unit: 'rad', dt: 0.1 };

function draft(flags: ManifestFlags, file: object = {}, known: object = {}) {
  return draftManifest({ known, file: parsePartialManifest(file, 'part.json'), flags, id: 'out' }).manifest;
}

function missing(flags: ManifestFlags, file: object = {}, known: object = {}): string[] {
  try {
    draft(flags, file, known);
    return [];
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    expect(error.code).toBe('INVALID_ARGUMENT');
    return error.message.split('\n').slice(1);
  }
}

describe('what nobody may guess', () => {
  it('is asked for in one message', () => {
    expect(missing({ tokenizer: 'tokenizer.json' })).toEqual([
      '  what the values of an action are, in their order: --joints NAME,NAME,… --gripper NAME=OPEN:CLOSED',
      '  how long a waypoint takes: --fps N (of the data set), or --dt SECONDS',
      '  how many token ids it takes: --max-tokens N',
    ]);
  });

  it('is the unit of every joint without one, and what a gripper calls open', () => {
    const joints = [{ name: 'pan', unit: 'deg' }, { name: 'lift' }, { name: 'Gripper' }];
    expect(missing({ joints, dt: 0.1 })).toEqual([
      '  the unit of lift, Gripper: --unit rad|deg|…, or NAME:UNIT in --joints',
      '  what is open and closed of Gripper: --gripper Gripper=OPEN:CLOSED, such as Gripper=0:100',
    ]);
    expect(
      missing({ joints, unit: 'deg', dt: 0.1, gripper: { name: 'Gripper', open: 100, closed: 0 } }),
    ).toEqual([]);
  });

  it('may be told by the source, the manifest and the flags together', () => {
    const known = { action: { dims: [{ name: 'pan' }, { name: 'grip' }] }, chunk: { execute: 2 } };
    const file = { chunk: { dt: 0.2 } };
    const flags = { unit: 'deg', gripper: { name: 'grip', open: 0, closed: 1 } };
    expect(missing(flags, file, known)).toEqual([]);
    expect(draft(flags, file, known)).toMatchObject({
      action: {
        dims: [
          { name: 'pan', unit: 'deg' },
          { name: 'grip', unit: 'unit', gripper: { open: 0, closed: 1 } },
        ],
      },
      chunk: { dt: 0.2, execute: 2 },
    });
  });
});

describe('draftManifest', () => {
  it('lets the manifest win over the source, and flags over both', () => {
    const known = { id: 'a', family: 'act', inputs: { cameras: [{ id: 'top', layout: 'HWC', scale: 1 }] } };
    const file = { id: 'b', inputs: { cameras: [{ id: 'top', scale: 2 }, { id: 'wrist' }] } };
    const merged = draft({ ...ENOUGH, id: 'c', imageSize: { h: 8, w: 9 } }, file, known);
    expect(merged).toMatchObject({
      id: 'c',
      family: 'act',
      inputs: {
        cameras: [
          { id: 'top', layout: 'HWC', scale: 2, resize: { h: 8, w: 9 } },
          { id: 'wrist', layout: 'CHW', resize: { h: 8, w: 9 } },
        ],
      },
    });
    expect(draft(ENOUGH, { id: 'b' }, known).id).toBe('b');
    expect(draft(ENOUGH).id).toBe('out');
  });

  it('puts a gripper that is no joint last, and leaves one that is in its place', () => {
    const gripper = { name: 'jaw', open: 0, closed: 100 };
    const names = (flags: ManifestFlags) => draft(flags).action.dims?.map(({ name }) => name);
    expect(names({ ...ENOUGH, gripper })).toEqual(['pan', 'lift', 'jaw']);
    expect(names({ ...ENOUGH, joints: [{ name: 'jaw' }, ...JOINTS], gripper })).toEqual([
      'jaw',
      'pan',
      'lift',
    ]);
  });

  it('takes the state in the units of the action, and says so', () => {
    const { manifest, assumptions } = draftManifest({
      known: {},
      flags: { ...ENOUGH, state: true },
      id: 'x',
    });
    expect(manifest.inputs.state?.dims).toEqual(manifest.action.dims);
    expect(assumptions).toEqual([expect.stringContaining('pan (rad), lift (rad)')]);
    const named = { inputs: { state: { dims: [{ name: 'pan' }, { name: 'speed', unit: 'raw' }] } } };
    expect(draftManifest({ known: named, flags: ENOUGH, id: 'x' })).toMatchObject({
      manifest: {
        inputs: {
          state: {
            dims: [
              { name: 'pan', unit: 'rad' },
              { name: 'speed', unit: 'raw' },
            ],
          },
        },
      },
      assumptions: [],
    });
  });

  it('gives the model the inputs of the contract unless they are named', () => {
    const inputs = (flags: ManifestFlags, file?: object) =>
      draft({ ...ENOUGH, ...flags }, file).stages.models[0].inputs;
    expect(inputs({ tokenizer: 't.json', maxTokens: 5, state: true, layout: 'HWC' })).toEqual([
      { name: 'image', dtype: 'float32', shape: ['batch', 224, 224, 3], from: 'camera:image' },
      { name: 'text', dtype: 'int64', shape: ['batch', 5], from: 'text.ids' },
      { name: 'state', dtype: 'float32', shape: ['batch', 2], from: 'state' },
    ]);
    expect(inputs({ cameras: ['front', 'wrist'] })).toMatchObject([
      { name: 'front', from: 'camera:front' },
      { name: 'wrist', from: 'camera:wrist' },
    ]);
    const named = [{ name: 'pixels', dtype: 'uint8', shape: [1, 3, 224, 224], from: 'camera:image' }];
    expect(inputs({}, { stages: { models: [{ inputs: named }] } })).toEqual(named);
  });

  it('names the file and the place of what is no manifest', () => {
    expect(() => draft(ENOUGH, { chunk: { dt: 'fast' } })).toThrow(
      'part.json: chunk.dt: expected a finite number, got "fast"',
    );
  });
});

describe('completeManifest', () => {
  const flags = {
    ...ENOUGH,
    tokenizer: 'deep/words.json',
    maxTokens: 5,
    gripper: { name: 'jaw', open: 0, closed: 1 },
  };
  const sha = 'a'.repeat(64);
  const json = completeManifest(draft(flags, { licence: { spdx: 'MIT' }, provenance: { revision: 'r1' } }), {
    tokenizerSha256: sha,
    shape: [1, 6, 3],
    artifact: { sha256: sha, opset: 18 },
    golden: ['raw_obs', 'action_chunk'],
    source: 'here',
  });

  it('is valid, without a warning, and names no file outside of the bundle', () => {
    const { manifest, warnings } = parseManifest(json);
    expect(warnings).toEqual([]);
    expect(manifest).toMatchObject({
      inputs: { text: { tokenizer: { file: 'tokenizer.json', sha256: sha } } },
      chunk: { horizon: 6, dt: 0.1 },
      provenance: { source: 'here', revision: 'r1' },
      licence: { spdx: 'MIT' },
    });
  });

  it('keeps how close other models have to come to the golden observation, and says the rest of it itself', () => {
    const tolerance = { action_chunk: { maxAbs: 0.05, cosine: 0.99 } };
    const given = completeManifest(draft(ENOUGH, { golden: [{ file: 'mine.json', tolerance }] }), {
      tokenizerSha256: undefined,
      golden: ['raw_obs'],
    });
    expect(given['golden']).toEqual([{ file: 'golden.json', contains: ['raw_obs'], tolerance }]);
  });

  it('takes a finished policy.json for the next export, whose own findings stand instead of the old ones', () => {
    const old = { ...json, provenance: { source: 'hub/pick', tools: { torch: '2.6' }, weightsSha256: sha } };
    const merged = draft({}, old);
    const found = { tools: { torch: '2.13' }, weightsSha256: 'b'.repeat(64) };
    const again = completeManifest(merged, {
      tokenizerSha256: sha,
      shape: [1, 6, 3],
      artifact: { sha256: sha, opset: 18 },
      golden: ['raw_obs', 'action_chunk'],
      source: 'here',
      provenance: found,
    });
    expect(again).toEqual({ ...json, provenance: { source: 'hub/pick', ...found } });
  });

  it.each([{ version: 2 }, { schema: 'somebody-else/policy' }])(
    'does not guess at a manifest of %j',
    (other) => {
      expect(() => draft(ENOUGH, other)).toThrow(/part\.json: (version|schema): expected/);
    },
  );

  it('says the horizon in the shape of the output only', () => {
    expect(json['chunk']).toEqual({ dt: 0.1 });
  });

  it('is written with lists of values in one line', () => {
    const text = manifestText(json);
    expect(text).toContain('"shape": ["batch", 3, 224, 224],\n');
    expect(JSON.parse(text)).toEqual(json);
    expect(
      JSON.parse(manifestText({ odd: ['a [', ']', '{', 'x, "y"'], none: [], deep: [[1, 2], [3]] })),
    ).toEqual({
      odd: ['a [', ']', '{', 'x, "y"'],
      none: [],
      deep: [[1, 2], [3]],
    });
  });
});

describe('inputSpecs', () => {
  it('knows the range of what each source gives', () => {
    const file = {
      inputs: {
        cameras: [{ id: 'image', mean: [0.5, 0, 0], std: [0.25, 1, 1], resize: { h: 4, w: 4 } }],
        state: { norm: [{ slice: [0, 1], mode: 'mean_std', mean: [0], std: [1] }] },
      },
      stages: {
        models: [
          {
            inputs: [
              { name: 'a', dtype: 'float32', shape: ['batch', 3, 4, 4], from: 'camera:image' },
              { name: 'b', dtype: 'int64', shape: ['batch', 'tokens'], from: 'text.ids' },
              { name: 'c', dtype: 'float32', shape: [1, 2], from: 'state' },
              { name: 'd', dtype: 'int64', shape: [2], from: { const: [3, 5] } },
            ],
          },
        ],
      },
    };
    const flags = { ...ENOUGH, tokenizer: 't', maxTokens: 7 };
    const merged = draft(flags, { ...file, inputs: { ...file.inputs, text: { padTo: 'none' } } });
    const facts = { tokenizerSha256: 'a'.repeat(64) };
    const specs = inputSpecs(parseManifest(completeManifest(merged, facts)).manifest, 100);
    expect(specs).toEqual([
      { name: 'a', dtype: 'float32', shape: [1, 3, 4, 4], openAxes: { 0: 'batch' }, low: -2, high: 2 },
      { name: 'b', dtype: 'int64', shape: [1, 7], openAxes: { 0: 'batch', 1: 'tokens' }, low: 0, high: 99 },
      { name: 'c', dtype: 'float32', shape: [1, 2], openAxes: {}, low: -Math.PI, high: Math.PI },
      { name: 'd', dtype: 'int64', shape: [2], openAxes: {}, low: 3, high: 5, values: [3, 5] },
    ]);
  });
});
